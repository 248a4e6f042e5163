// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

// A Protocol handles one child. Its methods are called on the loop, one at a time, and never from inside a method of the Transport. A panic in one is logged;
// in ChildDataReceived it also closes that descriptor. Twisted: IProcessProtocol.
type Protocol interface {
	// ConnectionMade reports that the child runs. It is called once and first.
	ConnectionMade(t *Transport)
	// ChildDataReceived delivers what the child wrote to its descriptor fd. p is lent until return. Twisted: also outReceived (1) and errReceived (2).
	ChildDataReceived(t *Transport, fd int, p []byte)
	// ChildConnectionLost reports that nothing more comes from, or goes to, the child's descriptor fd: one of the two sides closed it. It is called once for each.
	// Twisted: also inConnectionLost (0), outConnectionLost (1) and errConnectionLost (2).
	ChildConnectionLost(t *Transport, fd int, reason error)
	// ProcessExited reports that the child has exited and was reaped, once. What it wrote may still be on its way. reason is ErrDone or *Terminated.
	ProcessExited(t *Transport, reason error)
	// ProcessEnded is called once and last: the child has exited and all its descriptors are closed, also those that it left to its own children. reason is that of
	// ProcessExited; or, when the reactor stopped before, one that matches protocol.ErrConnectionLost and not *Terminated.
	ProcessEnded(t *Transport, reason error)
}

// Base has the methods of Protocol, each of which does nothing. Embed it and write only those that you need. Twisted: ProcessProtocol.
type Base struct{}

var _ Protocol = Base{}

// ConnectionMade does nothing.
func (Base) ConnectionMade(*Transport) {}

// ChildDataReceived ignores p.
func (Base) ChildDataReceived(*Transport, int, []byte) {}

// ChildConnectionLost does nothing.
func (Base) ChildConnectionLost(*Transport, int, error) {}

// ProcessExited does nothing.
func (Base) ProcessExited(*Transport, error) {}

// ProcessEnded does nothing.
func (Base) ProcessEnded(*Transport, error) {}

// Funcs is a Protocol made of functions, any of which may be nil.
type Funcs struct {
	Made     func(t *Transport)
	Out, Err func(t *Transport, p []byte)             // what came from descriptors 1 and 2
	Data     func(t *Transport, fd int, p []byte)     // what came from the others, and from 1 and 2 without Out and Err
	Closed   func(t *Transport, fd int, reason error) // ChildConnectionLost
	Exited   func(t *Transport, reason error)         // ProcessExited
	Ended    func(t *Transport, reason error)         // ProcessEnded
}

var _ Protocol = (*Funcs)(nil)

// ConnectionMade calls Made.
func (f *Funcs) ConnectionMade(t *Transport) {
	if f.Made != nil {
		f.Made(t)
	}
}

// ChildDataReceived calls Out, Err or Data.
func (f *Funcs) ChildDataReceived(t *Transport, fd int, p []byte) {
	switch {
	case fd == 1 && f.Out != nil:
		f.Out(t, p)
	case fd == 2 && f.Err != nil:
		f.Err(t, p)
	case f.Data != nil:
		f.Data(t, fd, p)
	}
}

// ChildConnectionLost calls Closed.
func (f *Funcs) ChildConnectionLost(t *Transport, fd int, reason error) {
	if f.Closed != nil {
		f.Closed(t, fd, reason)
	}
}

// ProcessExited calls Exited.
func (f *Funcs) ProcessExited(t *Transport, reason error) {
	if f.Exited != nil {
		f.Exited(t, reason)
	}
}

// ProcessEnded calls Ended.
func (f *Funcs) ProcessEnded(t *Transport, reason error) {
	if f.Ended != nil {
		f.Ended(t, reason)
	}
}
