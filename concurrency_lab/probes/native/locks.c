/* Lock and RLock where nothing happens but taking and giving back: probes/locks.py and rlocks.py in C.
 *
 * A method here does one case: the arguments are plain, the lock is free (or held by the caller), the
 * user's line is known, the segment has room. In that case nothing of Python's runs in between. In every
 * other case it has done nothing yet, and the Python method does all of it: waiting, failing, telling.
 *
 * The real locks are CPython's own objects. Their layout is private, so it is repeated below and tried
 * out when the module is loaded: where it is another one, the module refuses to load.
 */
#include "sink.h"

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000
#error "The layout of lock objects is known for Python 3.11 to 3.13."
#endif

/* As in CPython's Modules/_threadmodule.c. */
typedef struct {
    PyObject_HEAD
    PyThread_type_lock lock;
    PyObject *weakrefs;
    char locked;
} RawLock;

typedef struct {
    PyObject_HEAD
    PyThread_type_lock lock;
    unsigned long owner;
    unsigned long count;
    PyObject *weakrefs;
} RawRLock;

typedef struct {
    PyObject_HEAD
    PyObject *lock;
    PyObject *tag;
} Lock;

/* An RLock is a real one with two fields more. */
typedef struct {
    RawRLock raw;
    PyObject *tag;
    Py_ssize_t depth;
} RLock;

/* The methods in Python, for every other case. */
typedef struct {
    PyObject *acquire;
    PyObject *enter;
    PyObject *release;
    PyObject *exit;
} Methods;

static Methods python_lock;
static Methods python_rlock;
static PyTypeObject *raw_lock_type;
static PyTypeObject *rlock_type;

#define RAW(self) ((RawLock *)(self)->lock)
#define ID(self) (((Numbered *)(self)->tag)->id)

/* Whether acquire() was called such that a free lock is simply taken. */
static inline int
is_plain_acquire(PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    return names == NULL && (count == 0 || (count == 1 && PyBool_Check(args[0])));
}

static inline int
take(PyThread_type_lock lock)
{
    return PyThread_acquire_lock_timed(lock, 0, 0) == PY_LOCK_ACQUIRED;
}

/* Give a lock back by the Python method; then raise what was being raised. */
static PyObject *
leave_and_raise(PyObject *self, PyObject *python_exit, PyObject *const *args, Py_ssize_t count)
{
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    PyObject *result = sink_call_python(python_exit, self, args, count, NULL);
    Py_XDECREF(result);
    PyErr_Restore(type, error, trace);
    return NULL;
}

/* -- Lock ---------------------------------------------------------------------------------------------- */

/* Whether an event can be written for it. The last look is the one for room: nothing runs after it. */
static inline int
lock_is_ready(Lock *self, Site *site)
{
    return self->lock != NULL && self->tag != NULL && sink_find_site(site) && sink_has_room(1);
}

static inline int
lock_try(Lock *self)
{
    Site site;
    if (!lock_is_ready(self, &site) || !take(RAW(self)->lock)) {
        return 0;
    }
    RAW(self)->locked = 1;
    sink_write(LOCK_ACQUIRED, ID(self), 1, site);
    return 1;
}

static inline int
lock_give_back(Lock *self)
{
    Site site;
    if (!lock_is_ready(self, &site) || !RAW(self)->locked) {
        return 0;
    }
    sink_write(LOCK_RELEASED, ID(self), 0, site);
    PyThread_release_lock(RAW(self)->lock);
    RAW(self)->locked = 0;
    return 1;
}

static PyObject *
lock_acquire(Lock *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    if (sink_look() < 0) {
        return NULL;
    }
    if (is_plain_acquire(args, count, names) && lock_try(self)) {
        Py_RETURN_TRUE;
    }
    return sink_call_python(python_lock.acquire, (PyObject *)self, args, count, names);
}

static PyObject *
lock_enter(Lock *self, PyObject *Py_UNUSED(nothing))
{
    if (sink_look() < 0) {
        return NULL;
    }
    if (lock_try(self)) {
        Py_RETURN_TRUE;
    }
    return sink_call_python(python_lock.enter, (PyObject *)self, NULL, 0, NULL);
}

static PyObject *
lock_release(Lock *self, PyObject *Py_UNUSED(nothing))
{
    if (sink_look() < 0) {
        return NULL;
    }
    if (lock_give_back(self)) {
        Py_RETURN_NONE;
    }
    return sink_call_python(python_lock.release, (PyObject *)self, NULL, 0, NULL);
}

static PyObject *
lock_exit(Lock *self, PyObject *const *args, Py_ssize_t count)
{
    if (sink_look() < 0) {
        /* The block is left all the same. */
        return leave_and_raise((PyObject *)self, python_lock.exit, args, count);
    }
    if (count <= 3 && lock_give_back(self)) {
        Py_RETURN_NONE;
    }
    return sink_call_python(python_lock.exit, (PyObject *)self, args, count, NULL);
}

static PyMethodDef lock_methods[] = {
    {"acquire", (PyCFunction)(void (*)(void))lock_acquire, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"release", (PyCFunction)lock_release, METH_NOARGS, NULL},
    {"__enter__", (PyCFunction)lock_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))lock_exit, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

/* Set a field that C trusts the type of: nobody else may put something there. */
static int
set_field(PyObject **field, PyObject *value, PyTypeObject *type)
{
    if (value == NULL || !PyObject_TypeCheck(value, type)) {
        PyErr_Format(PyExc_TypeError, "this must be a %s", type->tp_name);
        return -1;
    }
    Py_XSETREF(*field, Py_NewRef(value));
    return 0;
}

static PyObject *
get_field(PyObject *value, const char *name)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, name);
        return NULL;
    }
    return Py_NewRef(value);
}

static PyObject *
lock_get_lock(Lock *self, void *Py_UNUSED(closure))
{
    return get_field(self->lock, "_lock");
}

static int
lock_set_lock(Lock *self, PyObject *value, void *Py_UNUSED(closure))
{
    return set_field(&self->lock, value, raw_lock_type);
}

static PyObject *
lock_get_tag(Lock *self, void *Py_UNUSED(closure))
{
    return get_field(self->tag, "_tag");
}

static int
lock_set_tag(Lock *self, PyObject *value, void *Py_UNUSED(closure))
{
    return set_field(&self->tag, value, &Numbered_Type);
}

static PyGetSetDef lock_properties[] = {
    {"_lock", (getter)lock_get_lock, (setter)lock_set_lock, NULL, NULL},
    {"_tag", (getter)lock_get_tag, (setter)lock_set_tag, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static void
lock_dealloc(Lock *self)
{
    Py_XDECREF(self->lock);
    Py_XDECREF(self->tag);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyTypeObject Lock_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_thread.lock",
    .tp_basicsize = sizeof(Lock),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_dealloc = (destructor)lock_dealloc,
    .tp_getset = lock_properties,
};

/* -- RLock --------------------------------------------------------------------------------------------- */

static inline int
rlock_is_mine(RLock *self)
{
    return self->raw.count > 0 && self->raw.owner == PyThread_get_thread_ident();
}

static inline int
rlock_is_ready(RLock *self, Site *site)
{
    return self->tag != NULL && sink_find_site(site) && sink_has_room(1);
}

static inline int
rlock_try(RLock *self)
{
    Site site;
    if (!rlock_is_ready(self, &site)) {
        return 0;
    }
    if (rlock_is_mine(self)) {
        if (self->raw.count == ULONG_MAX) {
            return 0;
        }
        self->raw.count += 1;
    }
    else if (take(self->raw.lock)) {
        self->raw.owner = PyThread_get_thread_ident();
        self->raw.count = 1;
    }
    else {
        return 0;
    }
    self->depth += 1;
    sink_write(LOCK_ACQUIRED, ID(self), self->depth, site);
    return 1;
}

static inline int
rlock_give_back(RLock *self)
{
    Site site;
    if (!rlock_is_ready(self, &site) || !rlock_is_mine(self)) {
        return 0;
    }
    self->depth -= 1;
    sink_write(LOCK_RELEASED, ID(self), self->depth, site);
    self->raw.count -= 1;
    if (self->raw.count == 0) {
        self->raw.owner = 0;
        PyThread_release_lock(self->raw.lock);
    }
    return 1;
}

static PyObject *
rlock_acquire(RLock *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    if (sink_look() < 0) {
        return NULL;
    }
    if (is_plain_acquire(args, count, names) && rlock_try(self)) {
        Py_RETURN_TRUE;
    }
    return sink_call_python(python_rlock.acquire, (PyObject *)self, args, count, names);
}

static PyObject *
rlock_enter(RLock *self, PyObject *Py_UNUSED(nothing))
{
    if (sink_look() < 0) {
        return NULL;
    }
    if (rlock_try(self)) {
        Py_RETURN_TRUE;
    }
    return sink_call_python(python_rlock.enter, (PyObject *)self, NULL, 0, NULL);
}

static PyObject *
rlock_release(RLock *self, PyObject *Py_UNUSED(nothing))
{
    if (sink_look() < 0) {
        return NULL;
    }
    if (rlock_give_back(self)) {
        Py_RETURN_NONE;
    }
    return sink_call_python(python_rlock.release, (PyObject *)self, NULL, 0, NULL);
}

static PyObject *
rlock_exit(RLock *self, PyObject *const *args, Py_ssize_t count)
{
    if (sink_look() < 0) {
        /* The block is left all the same. */
        return leave_and_raise((PyObject *)self, python_rlock.exit, args, count);
    }
    if (count <= 3 && rlock_give_back(self)) {
        Py_RETURN_NONE;
    }
    return sink_call_python(python_rlock.exit, (PyObject *)self, args, count, NULL);
}

static PyMethodDef rlock_methods[] = {
    {"acquire", (PyCFunction)(void (*)(void))rlock_acquire, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"release", (PyCFunction)rlock_release, METH_NOARGS, NULL},
    {"__enter__", (PyCFunction)rlock_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))rlock_exit, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef rlock_members[] = {
    {"_depth", T_PYSSIZET, offsetof(RLock, depth), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *
rlock_get_tag(RLock *self, void *Py_UNUSED(closure))
{
    return get_field(self->tag, "_tag");
}

static int
rlock_set_tag(RLock *self, PyObject *value, void *Py_UNUSED(closure))
{
    return set_field(&self->tag, value, &Numbered_Type);
}

static PyGetSetDef rlock_properties[] = {
    {"_tag", (getter)rlock_get_tag, (setter)rlock_set_tag, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* CPython's own, which also frees the object and lets go of its type. */
static destructor raw_rlock_dealloc;

static void
rlock_dealloc(RLock *self)
{
    Py_CLEAR(self->tag);
    raw_rlock_dealloc((PyObject *)self);
}

static PyType_Slot rlock_slots[] = {
    {Py_tp_dealloc, rlock_dealloc},
    {Py_tp_members, rlock_members},
    {Py_tp_getset, rlock_properties},
    {0, NULL},
};

static PyType_Spec rlock_spec = {
    .name = "_thread.RLock",
    .basicsize = sizeof(RLock),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = rlock_slots,
};

/* -- is the layout what we think it is? ---------------------------------------------------------------- */

static int
refuse(void)
{
    if (!PyErr_Occurred()) {
        PyErr_SetString(PyExc_ImportError, "this Python's lock objects are laid out in another way");
    }
    return -1;
}

static int
call(PyObject *object, const char *method)
{
    PyObject *result = PyObject_CallMethod(object, method, NULL);
    Py_XDECREF(result);
    return result != NULL;
}

static int
try_out_lock(PyObject *object)
{
    RawLock *raw = (RawLock *)object;
    if (Py_TYPE(object)->tp_basicsize != sizeof(RawLock) || raw->lock == NULL || raw->locked != 0) {
        return 0;
    }
    if (!call(object, "acquire") || raw->locked != 1 || take(raw->lock)) {
        return 0;
    }
    return call(object, "release") && raw->locked == 0 && raw->weakrefs == NULL;
}

static int
try_out_rlock(PyObject *object)
{
    RawRLock *raw = (RawRLock *)object;
    if (Py_TYPE(object)->tp_basicsize != sizeof(RawRLock) || raw->lock == NULL || raw->count != 0) {
        return 0;
    }
    if (!call(object, "acquire") || !call(object, "acquire")) {
        return 0;
    }
    if (raw->count != 2 || raw->owner != PyThread_get_thread_ident() || take(raw->lock)) {
        return 0;
    }
    return call(object, "release") && call(object, "release") && raw->count == 0 && raw->weakrefs == NULL;
}

/* -- the module ---------------------------------------------------------------------------------------- */

/* The class that Python made on top of a type of ours gets the methods itself: the interpreter's
 * specialized calls are for methods of an object's very own class. That saves 20 ns a pair. */
static int
add_methods(PyObject *type, PyMethodDef *definition)
{
    for (; definition->ml_name != NULL; definition++) {
        PyObject *method = PyDescr_NewMethod((PyTypeObject *)type, definition);
        int failed = method == NULL || PyObject_SetAttrString(type, definition->ml_name, method) < 0;
        Py_XDECREF(method);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

/* connect(class, acquire, enter, release, exit): the class gets our methods, which know these of Python's. */
static PyObject *
connect(PyObject *args, PyTypeObject *base, Methods *methods, PyMethodDef *definitions)
{
    PyObject *type;
    Methods given;
    if (!PyArg_ParseTuple(args, "O!OOOO", &PyType_Type, &type, &given.acquire, &given.enter, &given.release,
                          &given.exit)) {
        return NULL;
    }
    if (!PyType_IsSubtype((PyTypeObject *)type, base)) {
        PyErr_Format(PyExc_TypeError, "this must derive from %s", base->tp_name);
        return NULL;
    }
    Py_INCREF(given.acquire);
    Py_INCREF(given.enter);
    Py_INCREF(given.release);
    Py_INCREF(given.exit);
    *methods = given;
    if (add_methods(type, definitions) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
connect_lock(PyObject *Py_UNUSED(module), PyObject *args)
{
    return connect(args, &Lock_Type, &python_lock, lock_methods);
}

static PyObject *
connect_rlock(PyObject *Py_UNUSED(module), PyObject *args)
{
    return connect(args, rlock_type, &python_rlock, rlock_methods);
}

PyMethodDef locks_functions[] = {
    {"connect_lock", connect_lock, METH_VARARGS, NULL},
    {"connect_rlock", connect_rlock, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* Under names of their own, since by their tp_name these types pass for CPython's. */
static int
add_types(PyObject *module, PyTypeObject *raw_rlock_type)
{
    raw_rlock_dealloc = raw_rlock_type->tp_dealloc;
    rlock_type = (PyTypeObject *)PyType_FromSpecWithBases(&rlock_spec, (PyObject *)raw_rlock_type);
    if (rlock_type == NULL || PyModule_AddObjectRef(module, "RLock", (PyObject *)rlock_type) < 0) {
        return -1;
    }
    return PyModule_AddObjectRef(module, "Lock", (PyObject *)&Lock_Type);
}

int
locks_add_to(PyObject *module)
{
    PyObject *thread = PyImport_ImportModule("_thread");
    if (thread == NULL) {
        return -1;
    }
    PyObject *lock = PyObject_CallMethod(thread, "allocate_lock", NULL);
    PyObject *rlock = lock != NULL ? PyObject_CallMethod(thread, "RLock", NULL) : NULL;
    int failed = -1;
    if (rlock == NULL || !try_out_lock(lock) || !try_out_rlock(rlock)) {
        refuse();
    }
    else if (sink_ready_type(&Lock_Type) == 0) {
        raw_lock_type = (PyTypeObject *)Py_NewRef(Py_TYPE(lock));
        failed = add_types(module, Py_TYPE(rlock));
    }
    Py_XDECREF(rlock);
    Py_XDECREF(lock);
    Py_DECREF(thread);
    return failed;
}
