// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import "github.com/torsion-go/torsion/core/protocol"

// hold pauses reading for a reason.
func (c *conn) hold(why hold) {
	before := c.reading
	if c.reading |= why; before == 0 {
		c.t.Pause()
	}
}

// release takes a reason back, and resumes reading when there is no other.
func (c *conn) release(why hold) {
	before := c.reading
	if c.reading &^= why; before != 0 && c.reading == 0 {
		c.t.Resume()
	}
}

// holdProducer pauses the protocol's producer for a reason.
func (c *conn) holdProducer(why hold) {
	before := c.sending
	c.sending |= why
	if before == 0 && c.producer != nil && c.mode == protocol.PushProducer {
		c.producer.Pause()
	}
}

// releaseProducer takes a reason back, and resumes the producer when there is no other.
func (c *conn) releaseProducer(why hold) {
	before := c.sending
	if c.sending &^= why; before == 0 || c.sending != 0 || c.producer == nil {
		return
	}
	if c.mode == protocol.PushProducer {
		c.producer.Resume()
	} else if c.wanted {
		c.wanted = false
		c.producer.Resume()
	}
}

// A valve is a conn as the producer of the transport below, in the place of the protocol's.
type valve conn

func (v *valve) Pause() { (*conn)(v).holdProducer(byUser) }

func (v *valve) Resume() {
	if v.mode == protocol.PullProducer {
		if v.sending != 0 {
			v.wanted = true
		} else if v.producer != nil {
			v.producer.Resume()
		}
		return
	}
	(*conn)(v).releaseProducer(byUser)
}

func (v *valve) Stop(reason error) {
	if p := v.producer; p != nil {
		v.producer = nil
		p.Stop(reason)
	}
}

func (r *raw) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	if r.producer != nil {
		return protocol.ErrProducerRegistered
	}
	r.producer, r.mode, r.wanted = p, mode, false
	r.sending &^= byUser
	if r.sending != 0 && mode == protocol.PushProducer {
		p.Pause()
	}
	err := r.t.RegisterProducer((*valve)(r), mode)
	if err != nil {
		r.producer = nil
	}
	return err
}

func (r *raw) UnregisterProducer() {
	r.producer, r.wanted = nil, false
	r.sending &^= byUser
	r.t.UnregisterProducer()
}
