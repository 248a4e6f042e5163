// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package dialog is a modal dialog of GTK, for tests.
//
// # Concurrency
//
// All of it belongs to the main thread.
package dialog

/*
#cgo pkg-config: gtk+-3.0
#include "dialog.h"
*/
import "C"

// Run opens a modal dialog and returns when it is closed: it runs the main loop anew.
func Run() { C.dialog_run() }

// End closes it.
func End() { C.dialog_end() }
