// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"github.com/torsion-go/torsion/core/protocol"
)

// reused returns an empty Request: the one before, if that may be used again.
func (c *conn) reused() *Request {
	if r := c.old; r != nil {
		c.old = nil
		return r
	}
	return new(Request)
}

// retire is called when the response to r has ended and its body is done. It makes r ready for the next request, unless somebody may still be told of something by it.
func (c *conn) retire(r *Request) {
	if !c.site.config.ReuseRequests || r.more != nil || r.intake != nil || r.rendering {
		return
	}
	*r = Request{s: past{}}
	if !raceDetector {
		c.old = r
	}
}

// past is the stream of a Request that is over, until it is used again.
type past struct{}

func misused() { panic("web: a Request is used after its end, with Config.ReuseRequests set") }

func (past) transport() protocol.Transport                           { misused(); return nil }
func (past) server() *Site                                           { misused(); return nil }
func (past) sendHead(*Request, []byte, bool)                         { misused() }
func (past) sendBody(*Request, []byte)                               { misused() }
func (past) sendEnd(*Request)                                        { misused() }
func (past) sendInterim(*Request, int, *Header)                      { misused() }
func (past) responded(*Request)                                      { misused() }
func (past) bodyFlow(*Request)                                       { misused() }
func (past) room() *[]byte                                           { misused(); return nil }
func (past) leave(*[]byte)                                           { misused() }
func (past) register(protocol.Producer, protocol.ProducerMode) error { misused(); return nil }
func (past) unregister()                                             { misused() }
func (past) abort(*Request)                                          { misused() }

var _ stream = past{}
