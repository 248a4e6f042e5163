// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"cmp"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// An Item is something that is open on a loop; see [Loop.Items].
type Item struct {
	// Kind is "delayed call", "port", "datagram port", "connector" (an attempt to connect), "connection", "reader", "writer", or what Track was given.
	Kind string
	// About tells which one it is: its address, its protocol, its function.
	About string
	// Origin is where it was made; of a connection, where its port or connector was. It is there with Config.Debug only.
	Origin deferred.Stack
	// Leaving tells that a connection closes already.
	Leaving bool
	// End cancels, closes or removes it; a connection is aborted. Loop only.
	End func()
}

// A tracked is an entry of Track.
type tracked struct {
	kind  string
	about func() string
	end   func()
	made  deferred.Stack
}

// origin returns where a caller of the package's user is, with Config.Debug; else nil.
func (r *Reactor) origin() deferred.Stack {
	if !r.cfg.Debug {
		return nil
	}
	var pcs [32]uintptr
	return append(deferred.Stack(nil), pcs[:runtime.Callers(3, pcs[:])]...)
}

// Track adds something to what Items lists that is there because of the loop without being the loop's own, such as a child process, until forget is called.
// about and end are called on the loop. Without Config.Debug it does nothing. Loop only.
func (l *Loop) Track(kind string, about func() string, end func()) (forget func()) {
	loopcheck.Check(l, "reactor: Track")
	if !l.r.cfg.Debug {
		return func() {}
	}
	if l.tracked == nil {
		l.tracked = map[*tracked]struct{}{}
	}
	t := &tracked{kind, about, end, l.r.origin()}
	l.tracked[t] = struct{}{}
	return func() { delete(l.tracked, t) }
}

// Items lists what is open on the loop: the delayed calls that are still to come, in the order of their times, ports, attempts to connect, connections, readers and
// writers, and what Track was told of. Tests that must leave nothing behind ask for it. Twisted: getDelayedCalls, removeAll, the Janitor of trial. Loop only.
func (l *Loop) Items() []Item {
	loopcheck.Check(l, "reactor: Items")
	items := l.callItems()
	var rest []Item
	for res := range l.resources {
		if item, ok := l.resourceItem(res); ok {
			rest = append(rest, item)
		}
	}
	for c := l.conns; c != nil; c = c.next {
		rest = append(rest, c.item())
	}
	for fd, w := range l.watches {
		rest = append(rest, w.items(fd)...)
	}
	for t := range l.tracked {
		rest = append(rest, Item{Kind: t.kind, About: t.about(), Origin: t.made, End: t.end})
	}
	slices.SortFunc(rest, func(a, b Item) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.About, b.About)) })
	return append(items, rest...)
}

func (l *Loop) callItems() []Item {
	var calls []*delayedCall
	for _, n := range l.timers.heap {
		if n.call.nodeSeq == n.seq && n.call.state == callActive {
			calls = append(calls, n.call)
		}
	}
	slices.SortFunc(calls, func(a, b *delayedCall) int { return cmp.Or(cmp.Compare(a.when, b.when), cmp.Compare(a.seq, b.seq)) })
	now := l.nanos()
	var items []Item
	for _, c := range calls {
		items = append(items, Item{
			Kind: "delayed call", About: fmt.Sprintf("%s in %v", functionName(c.f), time.Duration(c.when-now).Round(time.Millisecond)), Origin: c.made,
			End: func() { _ = c.Cancel() }, // it may have run meanwhile
		})
	}
	return items
}

func functionName(f func()) string {
	if fn := runtime.FuncForPC(reflect.ValueOf(f).Pointer()); fn != nil {
		return fn.Name()
	}
	return "a function"
}

func (l *Loop) resourceItem(res resource) (Item, bool) {
	switch res := res.(type) {
	case *Port:
		return Item{Kind: "port", About: fmt.Sprintf("%s of %T", res.addr, res.factory), Origin: res.made, End: res.shutDown}, true
	case *DatagramPort:
		return Item{Kind: "datagram port", About: fmt.Sprintf("%s of %T", res.local, res.proto), Origin: res.made, End: res.shutDown}, true
	case *Connector:
		return Item{Kind: "connector", About: fmt.Sprintf("to %s for %T", res.where, res.factory), Origin: res.made, End: res.shutDown}, true
	default: // the further sockets of a port
		return Item{}, false
	}
}

func (c *conn) item() Item {
	about := fmt.Sprintf("%s from %s of %s", c.local, c.remote, protocol.TypeName(c.proto))
	var made deferred.Stack
	switch o := c.owner.(type) {
	case *Port:
		made = o.made
	case *Connector:
		made = o.made
		about = fmt.Sprintf("%s to %s of %s", c.local, c.remote, protocol.TypeName(c.proto))
	}
	return Item{Kind: "connection", About: about, Origin: made, Leaving: c.closing || c.ended || c.draining, End: func() { c.lose(protocol.Lost(ErrStopped)) }}
}

func (w *watch) items(fd int) []Item {
	var items []Item
	if r := w.reader; r != nil {
		items = append(items, Item{Kind: "reader", About: fmt.Sprintf("%T of descriptor %d", r, fd), Origin: w.made, End: func() { w.loop.RemoveReader(r) }})
	}
	if o := w.writer; o != nil {
		items = append(items, Item{Kind: "writer", About: fmt.Sprintf("%T of descriptor %d", o, fd), Origin: w.made, End: func() { w.loop.RemoveWriter(o) }})
	}
	return items
}

// control tells Config.OnControl of a call.
func (r *Reactor) control(call string) {
	if f := r.cfg.OnControl; f != nil {
		f(call)
	}
}
