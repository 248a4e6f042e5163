// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package depth calls a Go function by way of C, as a toolkit does.
//
// Go lets coroutines be switched to only as deep in callbacks from C as they were made. A toolkit makes the reactor's passes in one callback; when its main loop has returned, the goroutine is in none, and
// has to get back there to finish the reactor.
//
// # Typical use
//
//	C.run_main_loop()
//	depth.Call(func() { err = hosted.Finish(ctx) })
//
// # Concurrency
//
// Call is safe from any goroutine; f runs on the caller's.
package depth

/*
#include <stdint.h>
void torsion_depth_call(uintptr_t f);
*/
import "C"

import "runtime/cgo"

// Call calls f one callback from C deeper than its caller is. It returns when f does.
func Call(f func()) {
	h := cgo.NewHandle(f)
	defer h.Delete()
	C.torsion_depth_call(C.uintptr_t(h))
}

//export torsionDepthCalled
func torsionDepthCalled(f C.uintptr_t) { cgo.Handle(f).Value().(func())() }
