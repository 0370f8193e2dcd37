/* What the C files of the probes share: the place where the next record goes, and the user's line.
 *
 * Everything here runs with the GIL held and calls no Python code between looking for room and filling
 * the slot. So neither another thread nor a signal handler can come between, and no lock is needed.
 */
#ifndef CONCURRENCY_LAB_SINK_H
#define CONCURRENCY_LAB_SINK_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <stdint.h>
#include <time.h>

#include "record.h"

/* Each refusal costs speed only: without this module the probes are pure Python. */
#ifdef Py_GIL_DISABLED
#error "Taking a slot is atomic under the GIL only."
#endif
#ifndef __linux__
#error "The clock is the one that time.monotonic_ns reads on Linux."
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Records are little-endian."
#endif

_Static_assert(sizeof(Record) == SLOT_BYTES, "a record fills one slot");

/* Base of sink.State: the fields that both languages use. `slots` is 0 while events are dropped. */
typedef struct {
    PyObject_HEAD
    Py_ssize_t offset;
    Py_ssize_t slots;
    PyObject *map;
    Py_buffer view;
} Cursor;

/* Base of resources.Tag: its id may change after a fork, so it is read each time. */
typedef struct {
    PyObject_HEAD
    unsigned long long id;
} Numbered;

/* A line of the user's, and its file's index in this process's file table. */
typedef struct {
    uint32_t line;
    uint16_t file;
} Site;

extern Cursor *sink_cursor;
extern PyTypeObject Numbered_Type;

/* Find the nearest user frame. 0: Python has to look, since a file is new or there is no such frame. */
int sink_find_site(Site *site);

/* Have Python look at the program's variables before the next event, if that is due. -1: a signal handler raised. */
int sink_look(void);

/* Call a Python function in place of a method of ours, with the same arguments. */
PyObject *sink_call_python(PyObject *function, PyObject *self, PyObject *const *args, Py_ssize_t count,
                           PyObject *names);

/* Make a type of ours usable, one that Python classes derive from. */
int sink_ready_type(PyTypeObject *type);

/* What module.c puts together. */
int sink_add_to(PyObject *module);
int locks_add_to(PyObject *module);
extern PyMethodDef sink_functions[];
extern PyMethodDef locks_functions[];

static inline int
sink_has_room(Py_ssize_t slots)
{
    return sink_cursor != NULL && sink_cursor->offset + slots <= sink_cursor->slots;
}

static inline uint64_t
sink_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Fill a slot that was taken. `kind` commits the record, so it is stored last, after any text. */
static inline void
sink_fill(Record *record, uint64_t ts_ns, uint16_t kind, uint64_t obj, int64_t arg, Site site)
{
    record->ts_ns = ts_ns;
    record->ident = PyThread_get_thread_ident();
    record->obj = obj;
    record->arg = arg;
    record->line = site.line;
    record->file = site.file;
    __atomic_store_n(&record->kind, kind, __ATOMIC_RELEASE);
}

/* Write an event without text; only where there is room. */
static inline void
sink_write(uint16_t kind, uint64_t obj, int64_t arg, Site site)
{
    Record *record = (Record *)sink_cursor->view.buf + sink_cursor->offset;
    sink_cursor->offset += 1;
    sink_fill(record, sink_now_ns(), kind, obj, arg, site);
}

#endif
