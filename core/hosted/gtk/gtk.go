// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gtk

/*
#cgo pkg-config: gtk+-3.0
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"runtime"

	"github.com/torsion-go/torsion/core/hosted/internal/depth"
	"github.com/torsion-go/torsion/core/hosted/internal/posts"
	"github.com/torsion-go/torsion/core/reactor"
)

// The main goroutine keeps the main thread: init runs on it.
func init() { runtime.LockOSThread() }

var queue = posts.New(func() bool {
	C.torsion_gtk_wake()
	return true
})

// running tells that Run is on. The main thread's.
var running bool

//export torsionGtkRun
func torsionGtkRun() { queue.Run() }

// Post has the main loop of GLib call f on the main thread, soon and after what was posted before: behind what is to be painted now, but 10 milliseconds from now in any case.
// Before Run it waits, unless the program runs the main loop itself. After Run it is dropped. Safe from any goroutine.
func Post(f func()) { queue.Post(f) }

// Run initializes GTK, unless it is, starts r, and runs GTK's main loop until something calls gtk_main_quit, which the program does when its last window is destroyed, or r is stopped. Then
// windows are hidden, and r ends in an orderly way, before Run returns what r.Run would have. Functions of r.CallWhenRunning find GTK initialized and
// may open windows. Run may be called again, with another reactor. On the main goroutine only; inside of itself it returns
// reactor.ErrAlreadyRunning: a second reactor in the same main loop is started by its StartHosted with Post.
func Run(r *reactor.Reactor) (err error) {
	if C.torsion_gtk_main_thread() == 0 {
		return errors.New("gtk: Run was called on another goroutine than the main one: call it from func main")
	}
	if running {
		return reactor.ErrAlreadyRunning
	}
	running = true
	defer func() { running = false }()
	if C.torsion_gtk_start() == 0 {
		return errors.New("gtk: GTK does not start: is there a display? (DISPLAY or WAYLAND_DISPLAY)")
	}
	queue.Open()
	defer queue.Close()
	hosted, err := r.StartHosted(Post)
	if err != nil {
		return err
	}
	hosted.OnStop(quit)
	C.torsion_gtk_run()
	depth.Call(func() { err = hosted.Finish(context.Background()) }) // where the passes are made: coroutines come to their ends there only
	return err
}

// quit ends the main loop, as a program does by gtk_main_quit.
func quit() { C.torsion_gtk_quit() }
