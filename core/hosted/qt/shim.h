// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// The C side of package qt. All of it belongs to the main thread, except torsion_qt_wake.
#ifndef TORSION_QT_SHIM_H
#define TORSION_QT_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

// torsion_qt_main_thread tells whether this is the thread that the program began on.
int torsion_qt_main_thread(void);
// torsion_qt_start makes the QApplication, unless there is one. It returns 0 where that one lives on another thread.
int torsion_qt_start(char *name);
// torsion_qt_exec runs the main loop.
void torsion_qt_exec(void);
// torsion_qt_quit ends it, and dialogs that run inside of it.
void torsion_qt_quit(void);
// torsion_qt_hide takes all windows off the screen.
void torsion_qt_hide(void);
// torsion_qt_wake has the main loop call torsionQtRun soon; 0 where there is no QApplication yet. Safe from any thread.
int torsion_qt_wake(void);

#ifdef __cplusplus
}
#endif
#endif
