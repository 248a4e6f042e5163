// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// newDebugged returns a Memory that remembers where things are made.
func newDebugged(t *testing.T) *reactortest.Memory {
	t.Helper()
	m, err := reactortest.NewMemoryOf(reactor.Config{Debug: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// kinds lists what items are of.
func kinds(items []reactor.Item) string {
	var all []string
	for _, i := range items {
		all = append(all, i.Kind)
	}
	return strings.Join(all, ", ")
}

func TestItems(t *testing.T) {
	m := newDebugged(t)
	if items := m.Items(); len(items) != 0 {
		t.Errorf("a new loop has %v", items)
	}
	m.CallLater(2*time.Hour, func() {})
	m.CallLater(time.Hour, func() {})
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() *chatty { return new(chatty) }), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.ListenUDP("127.0.0.1:53", &protocol.DatagramBase{}, reactor.PacketOptions{}); err != nil {
		t.Fatal(err)
	}
	m.ConnectTCP("192.0.2.1:80", protocol.ForProtocol(func() *chatty { return new(chatty) }), reactor.ConnectOptions{Timeout: -1})
	m.Dial("127.0.0.1:80")
	m.Settle()
	ended := 0
	forget := m.Track("thing", func() string { return "of the test" }, func() { ended++ })

	items := m.Items()
	if got := kinds(items); got != "delayed call, delayed call, connection, connector, datagram port, port, thing" {
		t.Fatalf("the loop has %s", got)
	}
	for i, want := range []string{"TestItems.func", "TestItems.func", "127.0.0.1:80 from 127.0.0.1:", "to 192.0.2.1:80 for ", "127.0.0.1:53 of *protocol.DatagramBase", "127.0.0.1:80 of ", "of the test"} {
		if !strings.Contains(items[i].About, want) {
			t.Errorf("item %d is %q, want %q", i, items[i].About, want)
		}
		if !strings.Contains(items[i].Origin.String(), "items_test.go:") {
			t.Errorf("%s was made at %s", items[i].Kind, items[i].Origin)
		}
		if items[i].Leaving {
			t.Errorf("%s is leaving", items[i].Kind)
		}
	}
	if !strings.HasSuffix(items[0].About, " in 1h0m0s") || !strings.HasSuffix(items[1].About, " in 2h0m0s") {
		t.Errorf("the calls are %q, %q", items[0].About, items[1].About)
	}
	for _, i := range items {
		i.End()
	}
	m.Settle()
	if ended != 1 {
		t.Errorf("the thing was ended %d times", ended)
	}
	forget()
	forget()
	if items := m.Items(); len(items) != 0 {
		t.Errorf("after their end the loop has %s", kinds(items))
	}
}

// chatty writes more than goes, so that its connection takes its time to close.
type chatty struct{ protocol.Base }

func (*chatty) ConnectionMade(t protocol.Transport) { t.Write(make([]byte, 10)) }
func (*chatty) DataReceived(t protocol.Transport, _ []byte) {
	t.LoseConnection()
}

func TestItemIsLeaving(t *testing.T) {
	m := newDebugged(t)
	if _, err := m.ListenTCP("127.0.0.1:80", protocol.ForProtocol(func() *chatty { return new(chatty) }), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	p := m.Dial("127.0.0.1:80")
	p.SetWindow(3)
	p.Write([]byte("go"))
	m.Settle()
	items := m.Items()
	if kinds(items) != "connection, port" || !items[0].Leaving || items[1].Leaving {
		t.Errorf("the loop has %v", items)
	}
}

// A pipe that nobody writes to, read and written by one.
type idlePipe struct{ r, w *os.File }

func (p idlePipe) FileDescriptor() int  { return int(p.r.Fd()) }
func (p idlePipe) DoRead() error        { return nil }
func (p idlePipe) DoWrite() error       { return nil }
func (p idlePipe) ConnectionLost(error) {}

func TestItemsOfDescriptors(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no descriptors")
	}
	r, err := reactor.New(reactor.Config{Debug: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var p idlePipe
	if p.r, p.w, err = os.Pipe(); err != nil {
		t.Fatal(err)
	}
	defer p.r.Close()
	defer p.w.Close()
	if err := r.AddReader(p); err != nil {
		t.Fatal(err)
	}
	items := r.Items()
	if kinds(items) != "reader" || !strings.Contains(items[0].About, "idlePipe of descriptor ") || !strings.Contains(items[0].Origin.String(), "items_test.go:") {
		t.Fatalf("the loop has %v", items)
	}
	items[0].End()
	if items := r.Items(); len(items) != 0 {
		t.Errorf("after its end the loop has %v", items)
	}
}

// Without Debug nothing is remembered.
func TestItemsWithoutDebug(t *testing.T) {
	m := reactortest.NewMemory(t)
	m.CallLater(time.Hour, func() {})
	m.Track("thing", func() string { return "" }, func() {})()
	m.Track("thing", func() string { return "" }, func() {})
	items := m.Items()
	if kinds(items) != "delayed call" || items[0].Origin != nil {
		t.Errorf("the loop has %v", items)
	}
}

func TestOnControl(t *testing.T) {
	var calls []string
	r, err := reactor.New(reactor.Config{OnControl: func(method string) { calls = append(calls, method) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{r.StartRunning(), r.Iterate(0), r.Crash(), r.Iterate(0)} {
		if err != nil {
			t.Error(err)
		}
	}
	r.CallLater(0, func() { r.Stop() })
	if err := r.Run(context.Background()); err != nil {
		t.Error(err)
	}
	r.Close()
	if want := []string{"StartRunning", "Iterate", "Crash", "Iterate", "Run", "Stop", "Close"}; !slices.Equal(calls, want) {
		t.Errorf("told of %q, want %q", calls, want)
	}
}

// TestCloseUnlocks holds that the thread of a goroutine that drove a reactor is free again when it is closed.
func TestCloseUnlocks(t *testing.T) {
	for _, close := range []bool{true, false} {
		locked := make(chan bool)
		go func() {
			r, err := reactor.New(reactor.Config{})
			if err == nil {
				err = r.StartRunning()
			}
			if err != nil {
				t.Error(err)
			} else if close {
				r.Close()
			}
			b := make([]byte, 100)
			locked <- strings.Contains(string(b[:runtime.Stack(b, false)]), "locked to thread")
			if err == nil && !close {
				r.Close()
			}
		}()
		if got := <-locked; got == close {
			t.Errorf("closed %v, locked to its thread %v", close, got)
		}
	}
}

func ExampleLoop_Items() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	r.CallLater(time.Hour, func() {})
	for _, i := range r.Items() {
		fmt.Println(i.Kind)
		i.End()
	}
	fmt.Println(len(r.Items()), "left")
	// Output:
	// delayed call
	// 0 left
}
