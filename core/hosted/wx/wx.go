// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wx

/*
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

var queue = posts.New(func() bool { return C.torsion_wx_wake() != 0 })

//export torsionWxRun
func torsionWxRun() { queue.Run() }

// Post has the main loop of wxWidgets call f on the main thread, soon and after what was posted before. Without a wxApp f waits for the next Post after there is one, or for
// Run. After Run it is dropped. Safe from any goroutine.
func Post(f func()) { queue.Post(f) }

// Run makes a wxApp, unless there is one, starts r, and runs the main loop until the last frame is closed (see wxApp::SetExitOnFrameDelete), something calls
// wxApp::ExitMainLoop, or r is stopped. Then the windows that are left are hidden, r ends in an orderly way, and a wxApp that Run made is destroyed with its windows,
// before Run returns what r.Run would have. Functions of r.CallWhenRunning find the wxApp and may open windows. Run may be called again on GTK; elsewhere wxWidgets does
// not promise to start a second time. On the main goroutine only; inside of itself it returns
// reactor.ErrAlreadyRunning: a second reactor in the same main loop is started by its StartHosted with Post.
func Run(r *reactor.Reactor) (err error) {
	if C.torsion_wx_main_thread() == 0 {
		return errors.New("wx: Run was called on another goroutine than the main one: call it from func main")
	}
	if running {
		return reactor.ErrAlreadyRunning
	}
	running = true
	defer func() { running = false }()
	if C.torsion_wx_start(C.CString(os.Args[0])) == 0 { // wxWidgets keeps the name
		return errors.New("wx: wxWidgets does not start: is there a display? (DISPLAY or WAYLAND_DISPLAY)")
	}
	defer C.torsion_wx_end()
	queue.Open()
	defer queue.Close()
	hosted, err := r.StartHosted(Post)
	if err != nil {
		return err
	}
	hosted.OnStop(func() { C.torsion_wx_quit() })
	C.torsion_wx_run()
	C.torsion_wx_hide()
	depth.Call(func() { err = hosted.Finish(context.Background()) }) // where the passes are made: coroutines come to their ends there only
	return err
}
