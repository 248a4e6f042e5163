// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
)

// An application has a main loop of its own, as a GUI toolkit has.
type application struct{ events chan func() }

// post is what the toolkit offers: it has f called by main.
func (app *application) post(f func()) { app.events <- f }

func (app *application) quit() { close(app.events) }

func (app *application) main() {
	for f := range app.events {
		f()
	}
}

// start puts the reactor into the main loop; the rest is the application's own.
func (app *application) start(r *reactor.Reactor) error {
	hosted, err := r.StartHosted(app.post)
	if err != nil {
		return err
	}
	hosted.OnStop(app.quit) // the reactor ends first: the application follows
	app.main()
	return hosted.Finish(context.Background()) // the application has ended first: the reactor follows
}

func ExampleReactor_StartHosted() {
	runtime.LockOSThread() // as for any main loop of a window
	defer runtime.UnlockOSThread()
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	app := &application{events: make(chan func(), 16)} // more than there are at a time
	app.post(func() {
		fmt.Println("a button was pressed")
		r.CallLater(time.Millisecond, func() {
			fmt.Println("a callback, on the thread of the window")
			_ = r.Stop()
		})
	})
	if err := app.start(r); err != nil {
		panic(err)
	}
	// Output:
	// a button was pressed
	// a callback, on the thread of the window
}

// A loop of 3 frames with the reactor in it.
func ExampleReactor_Pump() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	defer r.Close()
	r.CallLater(0, func() { fmt.Println("the network") })
	for frame := range 3 {
		fmt.Println("frame", frame)
		if _, err := r.Pump(2 * time.Millisecond); err != nil {
			panic(err)
		}
	}
	// Output:
	// frame 0
	// the network
	// frame 1
	// frame 2
}
