/* The module _fast: what probes/accelerator.py loads if it was built from exactly these sources. */
#include "sink.h"

static int
fill_module(PyObject *module)
{
    /* There is one cursor and one table of files in this process: a second interpreter does without. */
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "this module is for the main interpreter only");
        return -1;
    }
    if (PyModule_AddStringConstant(module, "DIGEST", NATIVE_DIGEST) < 0 || sink_add_to(module) < 0
        || locks_add_to(module) < 0) {
        return -1;
    }
    if (PyModule_AddFunctions(module, sink_functions) < 0) {
        return -1;
    }
    return PyModule_AddFunctions(module, locks_functions);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, fill_module},
#ifdef Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_fast",
    .m_doc = "The hot path of the probes, in C.",
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__fast(void)
{
    return PyModuleDef_Init(&definition);
}
