// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package qt

/*
#cgo CXXFLAGS: -fPIC
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"os"
	"runtime"

	"github.com/torsion-go/torsion/core/hosted/internal/depth"
	"github.com/torsion-go/torsion/core/hosted/internal/posts"
	"github.com/torsion-go/torsion/core/reactor"
)

// The main goroutine keeps the main thread: init runs on it.
func init() { runtime.LockOSThread() }

// running tells that Run is on. The main thread's.
var running bool

var queue = posts.New(func() bool { return C.torsion_qt_wake() != 0 })

//export torsionQtRun
func torsionQtRun() { queue.Run() }

// Post has Qt's main loop call f on the main thread, soon and after what was posted before. Without a QApplication f waits for the next Post after there is one, or for
// Run. After Run it is dropped. Safe from any goroutine.
func Post(f func()) { queue.Post(f) }

// Run makes the QApplication, unless there is one, starts r, and runs Qt's main loop until its last window is closed, something calls QApplication::quit, or r is
// stopped. Then the windows that are left are hidden, and r ends in an orderly way, before Run returns what r.Run would have. Functions of r.CallWhenRunning
// find the QApplication and may open windows. Run may be called again, with another reactor. On the main goroutine only; inside of itself it returns
// reactor.ErrAlreadyRunning: a second reactor in the same main loop is started by its StartHosted with Post.
func Run(r *reactor.Reactor) (err error) {
	if C.torsion_qt_main_thread() == 0 {
		return errors.New("qt: Run was called on another goroutine than the main one: call it from func main")
	}
	if running {
		return reactor.ErrAlreadyRunning
	}
	running = true
	defer func() { running = false }()
	if C.torsion_qt_start(C.CString(os.Args[0])) == 0 { // Qt keeps the name
		return errors.New("qt: the QApplication belongs to another thread than the main one")
	}
	queue.Open()
	defer queue.Close()
	hosted, err := r.StartHosted(Post)
	if err != nil {
		return err
	}
	hosted.OnStop(func() { C.torsion_qt_quit() })
	C.torsion_qt_exec()
	C.torsion_qt_hide()
	depth.Call(func() { err = hosted.Finish(context.Background()) }) // where the passes are made: coroutines come to their ends there only
	return err
}
