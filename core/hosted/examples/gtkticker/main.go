// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Gtkticker shows lines from a TCP connection in a window of GTK, beside an animation: the reactor runs inside of GTK's main loop.
//
// Usage: gtkticker [endpoint], where the endpoint is a client description and tcp:127.0.0.1:7000 by default:
//
//	while sleep 0.1; do date '+%s%N it is %T'; done | nc -l 127.0.0.1 7000 &
//	go run ./examples/gtkticker
package main

/*
#cgo pkg-config: gtk+-3.0
#cgo LDFLAGS: -lm
#include <stdlib.h>
#include "window.h"
*/
import "C"

import (
	"unsafe"

	"github.com/torsion-go/torsion/core/hosted/gtk"
	"github.com/torsion-go/torsion/core/hosted/internal/ticker"
)

var app = ticker.New(ticker.Toolkit{
	Name: "gtkticker",
	Run:  gtk.Run,
	Open: func(title string) {
		withC(title, func(s *C.char) { C.window_open(s, ticker.Columns, ticker.Rows) })
	},
	SetLines:  func(text string) { withC(text, func(s *C.char) { C.window_set_lines(s) }) },
	SetStatus: func(text string) { withC(text, func(s *C.char) { C.window_set_status(s) }) },
})

// withC lends f a copy of s for C.
func withC(s string, f func(s *C.char)) {
	c := C.CString(s)
	defer C.free(unsafe.Pointer(c))
	f(c)
}

//export tickerPainted
func tickerPainted() { app.Painted() }

//export tickerFrame
func tickerFrame() { app.Frame() }

//export tickerClosed
func tickerClosed() { app.Closed() }

func main() { app.Main() }
