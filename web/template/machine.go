// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"errors"
	"iter"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// How flattening works. A machine has a stack of frames, one for each node that is begun and not finished, and a buffer of output. step takes the top frame one step
// further: it writes, pushes the frame of a node within, or pops. So the work can stop between any two steps, for a Deferred or because the buffer is full, and the stack tells
// where it stands:
//
//	<p><a href="{slot}">   frames: tag p, list of children, tag a, attribute href, slot
//
// What a frame passes down to the nodes within it is its env: where the output goes and how it is escaped, which slots are filled, who has the render methods.

const (
	maxDepth = 5000  // frames
	budget   = 20000 // steps in one go
)

// machine flattens one node. It belongs to one loop, or goroutine, at a time.
type machine struct {
	r        *web.Request
	out      []byte
	stack    []frame
	waiting  *deferred.Deferred[any] // nil if it can go on
	wake     func()                  // called when waiting has fired
	running  bool
	ended    bool
	unwanted bool  // cancel was called while running
	err      error // a *FlattenerError
}

// env is what nodes get from those around them.
type env struct {
	where place
	owner Renderable
	slots *scope
}

// scope is the slots that one tag fills, and those around it.
type scope struct {
	slots Slots
	outer *scope
}

func (s *scope) with(slots Slots) *scope {
	if len(slots) == 0 {
		return s
	}
	return &scope{slots, s}
}

type kind uint8

const (
	kindOnce kind = iota // goes on with node
	kindTag
	kindAttr // node is the value; at its end the quote is written
	kindList
	kindIter
	kindWait // for a Deferred, whose result goes to node
	kindDone
)

// frame is a node that is begun.
type frame struct {
	kind kind
	root Node // for reports; nil if it says nothing
	env  env
	node Node
	tag  *Tag
	i    int // attributes or members that are done
	body bool
	list func(i int) (Node, bool)
	next func() (Node, bool)
	stop func()
	sink sink // that ends with the frame
}

func newMachine(r *web.Request, root Node) *machine {
	m := &machine{r: r}
	m.stack = append(m.stack, frame{kind: kindOnce, node: root})
	return m
}

// loop is nil outside of a request.
func (m *machine) loop() protocol.Loop {
	if m.r == nil {
		return nil
	}
	return m.r.Loop()
}

// run goes on until there are max bytes of output, a Deferred has to be waited for, all is done or failed, or the budget is spent, which it reports.
func (m *machine) run(max int) (more bool) {
	if m.running || m.ended || m.waiting != nil {
		return false
	}
	m.running = true
	defer func() { m.running = false }()
	for n := 0; len(m.stack) > 0 && m.waiting == nil && len(m.out) < max; n++ {
		if n == budget {
			return true
		}
		if err := m.protected(); err != nil {
			m.fail(err)
			return false
		}
		if m.unwanted {
			m.err = deferred.ErrCancelled
			m.end()
			return false
		}
	}
	if len(m.stack) == 0 {
		m.ended = true
	}
	return false
}

// protected steps, and makes a Failure of a panic.
func (m *machine) protected() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = deferred.Recovered(p)
		}
	}()
	return m.step()
}

// fail ends it with err.
func (m *machine) fail(err error) {
	e := &FlattenerError{Err: err}
	for _, f := range m.stack {
		if f.root != nil {
			e.Roots = append(e.Roots, rootOf(f.root))
		}
	}
	if at := len(e.Roots) - 40; at > 0 { // of a deep nesting the ends
		e.Roots = slices.Concat(e.Roots[:20], []Root{{Text: "..."}}, e.Roots[at+20:])
	}
	var f *deferred.Failure
	if errors.As(err, &f) {
		e.Stack = f.Stack
	}
	m.err = e
	m.end()
}

// end releases what the frames hold. The stack stays, to tell how far the output has come.
func (m *machine) end() {
	m.ended = true
	if d := m.waiting; d != nil {
		m.waiting = nil
		d.Cancel()
	}
	for i := len(m.stack) - 1; i >= 0; i-- {
		if stop := m.stack[i].stop; stop != nil {
			m.stack[i].stop = nil
			stop()
		}
	}
}

// cancel ends it because nobody wants the output any more.
func (m *machine) cancel() {
	switch {
	case m.ended:
	case m.running: // an iterator cannot be stopped from inside
		m.unwanted = true
	default:
		m.err = deferred.ErrCancelled
		m.end()
	}
}

func (m *machine) push(f frame) error {
	if len(m.stack) >= maxDepth {
		return ErrTooDeep
	}
	m.stack = append(m.stack, f)
	return nil
}

func (m *machine) pop() {
	last := len(m.stack) - 1
	m.stack[last] = frame{}
	m.stack = m.stack[:last]
}

// step takes the top frame one step further.
func (m *machine) step() error {
	f := &m.stack[len(m.stack)-1]
	switch f.kind {
	case kindOnce:
		n, e := f.node, f.env
		f.kind, f.node = kindDone, nil
		return m.visit(n, e)
	case kindTag:
		return m.tagStep(f)
	case kindAttr:
		return m.attrEnd(f)
	case kindList:
		n, ok := f.list(f.i)
		if !ok {
			m.pop()
			return nil
		}
		f.i++
		return m.visit(n, f.env)
	case kindIter:
		n, ok := f.next()
		if !ok {
			f.stop()
			m.pop()
			return nil
		}
		return m.visit(n, f.env)
	}
	m.pop()
	return nil
}

// iterate pushes the frame of a sequence.
func (m *machine) iterate(seq iter.Seq[Node], e env) error {
	var failure *deferred.Failure
	pull, stop := iter.Pull(func(yield func(Node) bool) {
		defer func() {
			if p := recover(); p != nil {
				failure = deferred.Recovered(p) // here, where its stack is
			}
		}()
		seq(yield)
	})
	next := func() (Node, bool) {
		n, ok := pull()
		if f := failure; !ok && f != nil {
			failure = nil
			return f, true
		}
		return n, ok
	}
	if err := m.push(frame{kind: kindIter, env: e, next: next, stop: stop}); err != nil {
		stop()
		return err
	}
	return nil
}

// await pushes the frame of a Deferred, whose result it takes.
func (m *machine) await(root Node, d *deferred.Deferred[any], e env) error {
	if err := m.push(frame{kind: kindWait, root: root, env: e}); err != nil {
		return err
	}
	m.waiting = d
	at, later := len(m.stack)-1, false
	var failure error
	d.Done(func(v any, err error) {
		if m.ended {
			return
		}
		m.waiting = nil
		switch {
		case err == nil:
			m.stack[at].kind, m.stack[at].node = kindOnce, v
		case later:
			m.fail(err)
		default:
			failure = err
		}
		if later && m.wake != nil {
			m.wake()
		}
	})
	later = true
	return failure
}
