/* The sink's hot path: probes/sink.py in C, as far as events fit into the segment that is open.
 *
 * Whatever is unusual (a full segment, a value that does not fit, a long text, a file that was never seen)
 * is handed to the Python function of the same name, which has the last word on all of it.
 */
#include "sink.h"

Cursor *sink_cursor = NULL;

/* Given by connect(): sink.emit and sink.emit_text as Python has them, frames._files, frames.boundary. */
static PyObject *python_emit = NULL;
static PyObject *python_emit_text = NULL;
static PyObject *files = NULL;
static PyObject *boundary = NULL;
static PyObject *code_name = NULL;

PyObject *
sink_call_python(PyObject *function, PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    PyObject *method = PyMethod_New(function, self);
    if (method == NULL) {
        return NULL;
    }
    PyObject *result = PyObject_Vectorcall(method, args, (size_t)count, names);
    Py_DECREF(method);
    return result;
}

/* -- which line ---------------------------------------------------------------------------------------- */

/* Whether this code begins a forked process: what is below it on the stack is the parent's past. */
static int
is_boundary(PyCodeObject *code)
{
    PyObject *mark = PyObject_GetAttr(boundary, code_name);
    if (mark == NULL) {
        PyErr_Clear();
        return 1;
    }
    Py_DECREF(mark);
    return mark == (PyObject *)code;
}

/* Index of a code's file; 0: not the user's, -1: Python has not seen it yet. */
static long
file_index(PyCodeObject *code)
{
    PyObject *index = PyDict_GetItemWithError(files, code->co_filename);
    if (index == NULL || !PyLong_CheckExact(index)) {
        PyErr_Clear();
        return -1;
    }
    return PyLong_AsLong(index);
}

/* Look at one frame. 1: it is the user's, 0: look further out, -1: Python has to look. */
static int
look_at(PyFrameObject *frame, Site *site)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    long index = file_index(code);
    int answer = index < 0 ? -1 : index > 0;
    if (answer == 1) {
        int line = PyFrame_GetLineNumber(frame);
        site->line = line > 0 ? (uint32_t)line : 0;
        site->file = (uint16_t)index;
    }
    else if (answer == 0 && is_boundary(code)) {
        answer = -1;
    }
    Py_DECREF(code);
    return answer;
}

int
sink_find_site(Site *site)
{
    PyFrameObject *frame = PyEval_GetFrame();
    if (frame == NULL || files == NULL) {
        return 0;
    }
    Py_INCREF(frame);
    int answer;
    while ((answer = look_at(frame, site)) == 0) {
        PyFrameObject *caller = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        if (caller == NULL) {
            return 0;
        }
        frame = caller;
    }
    Py_DECREF(frame);
    return answer == 1;
}

/* -- emit ---------------------------------------------------------------------------------------------- */

/* The numbers of an event, as far as they fit into a record. */
typedef struct {
    uint16_t kind;
    uint64_t obj;
    int64_t arg;
    Site site;
} Numbers;

/* Read a number that is at most `most`; return whether it is one. */
static int
read_unsigned(PyObject *value, uint64_t most, uint64_t *number)
{
    if (!PyLong_Check(value)) {
        return 0;
    }
    *number = PyLong_AsUnsignedLongLong(value);
    if (*number == (uint64_t)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return *number <= most;
}

static int
read_signed(PyObject *value, int64_t *number)
{
    if (!PyLong_Check(value)) {
        return 0;
    }
    *number = PyLong_AsLongLong(value);
    if (*number == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* Read (kind, obj, arg, line, file), of which all but the first may be missing. */
static int
read_numbers(PyObject *kind, PyObject *obj, PyObject *const *rest, Py_ssize_t count, Numbers *numbers)
{
    uint64_t number;
    *numbers = (Numbers){0};
    if (!read_unsigned(kind, UINT16_MAX, &number)) {
        return 0;
    }
    numbers->kind = (uint16_t)number;
    if (obj != NULL && !read_unsigned(obj, UINT64_MAX, &numbers->obj)) {
        return 0;
    }
    if (count > 0 && !read_signed(rest[0], &numbers->arg)) {
        return 0;
    }
    if (count > 1) {
        if (!read_unsigned(rest[1], UINT32_MAX, &number)) {
            return 0;
        }
        numbers->site.line = (uint32_t)number;
    }
    if (count > 2) {
        if (!read_unsigned(rest[2], UINT16_MAX, &number)) {
            return 0;
        }
        numbers->site.file = (uint16_t)number;
    }
    return count <= 3;
}

static PyObject *
emit(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Numbers numbers;
    if (count > 0 && read_numbers(args[0], count > 1 ? args[1] : NULL, args + 2, count - 2, &numbers)
        && sink_has_room(1)) {
        sink_write(numbers.kind, numbers.obj, numbers.arg, numbers.site);
        Py_RETURN_NONE;
    }
    return PyObject_Vectorcall(python_emit, args, (size_t)count, NULL);
}

static PyObject *
emit_text(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Numbers numbers;
    /* ASCII is its own UTF-8; for other text CPython would keep a copy in the user's own string. */
    if (count >= 3 && PyUnicode_CheckExact(args[2]) && PyUnicode_IS_COMPACT_ASCII(args[2])
        && PyUnicode_GET_LENGTH(args[2]) <= LONGEST_TEXT
        && read_numbers(args[0], args[1], args + 3, count - 3, &numbers)) {
        uint16_t length = (uint16_t)PyUnicode_GET_LENGTH(args[2]);
        Py_ssize_t slots = 1 + (length + (Py_ssize_t)sizeof length + SLOT_BYTES - 1) / SLOT_BYTES;
        if (sink_has_room(slots)) {
            Record *record = (Record *)sink_cursor->view.buf + sink_cursor->offset;
            char *text = (char *)(record + 1);
            sink_cursor->offset += slots;
            memcpy(text, &length, sizeof length);
            memcpy(text + sizeof length, PyUnicode_1BYTE_DATA(args[2]), length);
            sink_fill(record, sink_now_ns(), numbers.kind | TEXT_FLAG, numbers.obj, numbers.arg, numbers.site);
            Py_RETURN_NONE;
        }
    }
    return PyObject_Vectorcall(python_emit_text, args, (size_t)count, NULL);
}

/* -- whether to look at the program's variables --------------------------------------------------------- */

/* As globals_seen.py has it, where this is explained: one look a pause, and more as long as there is credit. */
static struct {
    uint64_t pause_ns;
    uint64_t most;
    uint64_t credit;
    uint64_t when_ns;
} looks;

static PyObject *python_look = NULL;
static PyObject *python_hide = NULL;

/* Have no frame of ours in the traceback of what is being raised. */
static void
hide_frames(void)
{
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    if (trace != NULL) {
        PyException_SetTraceback(error, trace);
    }
    PyObject *result = PyObject_CallOneArg(python_hide, error);
    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    Py_XDECREF(trace);
    PyErr_Restore(type, error, PyException_GetTraceback(error));
}

/* Count a look, if one is due. */
static int
take(void)
{
    uint64_t now_ns = sink_now_ns();
    uint64_t pauses = (now_ns - looks.when_ns) / looks.pause_ns;
    if (pauses > 0) {
        looks.credit = pauses > looks.most - looks.credit ? looks.most : looks.credit + pauses;
        looks.when_ns = now_ns;
        return 1;
    }
    if (looks.credit == 0) {
        return 0;
    }
    looks.credit -= 1;
    return 1;
}

int
sink_look(void)
{
    if (python_look == NULL || !take()) {
        return 0;
    }
    PyObject *result = PyObject_CallNoArgs(python_look);
    if (result == NULL) {
        hide_frames();
        return -1;
    }
    Py_DECREF(result);
    return 0;
}

static PyObject *
take_look(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(nothing))
{
    return PyBool_FromLong(take());
}

static PyObject *
watch(PyObject *Py_UNUSED(module), PyObject *args)
{
    unsigned long long pause_ns, most;
    PyObject *look, *hide;
    if (!PyArg_ParseTuple(args, "KKOO", &pause_ns, &most, &look, &hide)) {
        return NULL;
    }
    looks.pause_ns = pause_ns;
    looks.most = looks.credit = most;
    looks.when_ns = 0;
    Py_XSETREF(python_hide, Py_NewRef(hide));
    Py_XSETREF(python_look, Py_NewRef(look));
    Py_RETURN_NONE;
}

/* -- types --------------------------------------------------------------------------------------------- */

static void
cursor_dealloc(Cursor *self)
{
    if (sink_cursor == self) {
        sink_cursor = NULL;
    }
    if (self->view.obj != NULL) {
        PyBuffer_Release(&self->view);
    }
    Py_XDECREF(self->map);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
cursor_get_map(Cursor *self, void *Py_UNUSED(closure))
{
    if (self->map == NULL) {
        PyErr_SetString(PyExc_AttributeError, "map");
        return NULL;
    }
    return Py_NewRef(self->map);
}

static int
cursor_set_map(Cursor *self, PyObject *map, void *Py_UNUSED(closure))
{
    Py_buffer view;
    if (map == NULL) {
        PyErr_SetString(PyExc_AttributeError, "map");
        return -1;
    }
    if (PyObject_GetBuffer(map, &view, PyBUF_WRITABLE) < 0) {
        return -1;
    }
    Py_buffer old_view = self->view;
    PyObject *old_map = self->map;
    self->view = view;
    self->map = Py_NewRef(map);
    /* A mapping cannot be dropped while somebody has a view of it. */
    if (old_view.obj != NULL) {
        PyBuffer_Release(&old_view);
    }
    Py_XDECREF(old_map);
    return 0;
}

static PyGetSetDef cursor_properties[] = {
    {"map", (getter)cursor_get_map, (setter)cursor_set_map, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef cursor_members[] = {
    {"offset", T_PYSSIZET, offsetof(Cursor, offset), 0, NULL},
    {"slots", T_PYSSIZET, offsetof(Cursor, slots), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject Cursor_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_fast.Cursor",
    .tp_basicsize = sizeof(Cursor),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_dealloc = (destructor)cursor_dealloc,
    .tp_getset = cursor_properties,
    .tp_members = cursor_members,
};

static PyMemberDef numbered_members[] = {
    {"id", T_ULONGLONG, offsetof(Numbered, id), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject Numbered_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_fast.Numbered",
    .tp_basicsize = sizeof(Numbered),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_members = numbered_members,
};

/* -- the module ---------------------------------------------------------------------------------------- */

/* What is given here is kept until the process ends: events are written to the very last. */

static PyObject *
connect_sink(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *cursor;
    if (!PyArg_ParseTuple(args, "O!OO", &Cursor_Type, &cursor, &python_emit, &python_emit_text)) {
        return NULL;
    }
    Py_INCREF(python_emit);
    Py_INCREF(python_emit_text);
    sink_cursor = (Cursor *)Py_NewRef(cursor);
    Py_RETURN_NONE;
}

static PyObject *
connect_frames(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *table;
    if (!PyArg_ParseTuple(args, "O!O", &PyDict_Type, &table, &boundary)) {
        return NULL;
    }
    Py_INCREF(boundary);
    files = Py_NewRef(table);
    Py_RETURN_NONE;
}

PyMethodDef sink_functions[] = {
    {"connect_sink", connect_sink, METH_VARARGS, NULL},
    {"connect_frames", connect_frames, METH_VARARGS, NULL},
    {"emit", (PyCFunction)(void (*)(void))emit, METH_FASTCALL, NULL},
    {"emit_text", (PyCFunction)(void (*)(void))emit_text, METH_FASTCALL, NULL},
    {"take_look", take_look, METH_NOARGS, NULL},
    {"watch", watch, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

int
sink_ready_type(PyTypeObject *type)
{
    /* Which a static type does not inherit, and object.__new__ of a subclass asks for. */
    type->tp_new = PyBaseObject_Type.tp_new;
    return PyType_Ready(type);
}

int
sink_add_to(PyObject *module)
{
    code_name = PyUnicode_InternFromString("code");
    if (code_name == NULL || sink_ready_type(&Cursor_Type) < 0 || sink_ready_type(&Numbered_Type) < 0) {
        return -1;
    }
    if (PyModule_AddObjectRef(module, "Cursor", (PyObject *)&Cursor_Type) < 0) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Numbered", (PyObject *)&Numbered_Type);
}
