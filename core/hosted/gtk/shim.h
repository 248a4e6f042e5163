// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// The C side of package gtk. All of it belongs to the main thread, except torsion_gtk_wake.
#ifndef TORSION_GTK_SHIM_H
#define TORSION_GTK_SHIM_H

// torsion_gtk_main_thread tells whether this is the thread that the program began on.
int torsion_gtk_main_thread(void);
// torsion_gtk_start initializes GTK. It returns 0 where that fails: there is no display.
int torsion_gtk_start(void);
// torsion_gtk_run runs the main loop, and takes all windows off the screen.
void torsion_gtk_run(void);
// torsion_gtk_quit ends it, with those that run inside of it.
void torsion_gtk_quit(void);
// torsion_gtk_wake has the main loop call torsionGtkRun soon. Safe from any thread.
void torsion_gtk_wake(void);

#endif
