// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// The C side of package wx. All of it belongs to the main thread, except torsion_wx_wake.
#ifndef TORSION_WX_SHIM_H
#define TORSION_WX_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

// torsion_wx_main_thread tells whether this is the thread that the program began on.
int torsion_wx_main_thread(void);
// torsion_wx_start makes the wxApp, unless there is one, and 0 where that failed: there is no display.
int torsion_wx_start(char *name);
// torsion_wx_run runs the main loop.
void torsion_wx_run(void);
// torsion_wx_quit ends it, and dialogs that run inside of it.
void torsion_wx_quit(void);
// torsion_wx_hide takes all windows off the screen.
void torsion_wx_hide(void);
// torsion_wx_end undoes torsion_wx_start: it destroys the windows, and the wxApp if it is ours.
void torsion_wx_end(void);
// torsion_wx_wake has the main loop call torsionWxRun soon; 0 where there is no wxApp yet. Safe from any thread.
int torsion_wx_wake(void);

#ifdef __cplusplus
}
#endif
#endif
