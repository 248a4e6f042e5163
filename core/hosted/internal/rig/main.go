// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rig

import (
	"os"
	"runtime"
	"testing"
)

// The main goroutine keeps the main thread: init runs on it.
func init() { runtime.LockOSThread() }

var (
	mainCalls = make(chan func())
	noDisplay error
)

// envDisplay tells a test program that another one, which started it, has a display for it.
const envDisplay = "TORSION_RIG_DISPLAY"

// Main runs the tests, on another goroutine: its own, which has to be the main one, calls the functions of OnMain. It starts an X server and sets DISPLAY. It returns the exit
// status.
func Main(m *testing.M) int {
	if name := os.Getenv(envDisplay); name != "" {
		os.Setenv("DISPLAY", name)
	} else if d, err := NewDisplay(); err != nil {
		noDisplay = err
	} else {
		defer d.Close()
		os.Setenv(envDisplay, d.Name)
		os.Setenv("DISPLAY", d.Name)
	}
	os.Setenv("GDK_BACKEND", "x11")
	os.Setenv("QT_QPA_PLATFORM", "xcb")
	code := make(chan int)
	go func() { code <- m.Run() }() // the loop below waits for it
	for {
		select {
		case f := <-mainCalls:
			f()
		case c := <-code:
			return c
		}
	}
}

// NeedDisplay skips the test where Main found no X server.
func NeedDisplay(tb testing.TB) {
	tb.Helper()
	if noDisplay != nil {
		tb.Skip(noDisplay)
	}
}

// OnMain calls f on the main goroutine and waits for it. Safe from any other goroutine.
func OnMain(f func()) {
	done := make(chan struct{})
	mainCalls <- func() {
		defer close(done)
		f()
	}
	<-done
}
