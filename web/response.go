// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"iter"
	"net"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// The errors of writing a response.
var (
	// ErrFinished is returned for what comes after Finish.
	ErrFinished = errors.New("web: the response is finished")
	// ErrContentLength is returned by a Write of more bytes than the Content-Length that was set.
	ErrContentLength = errors.New("web: more data than the Content-Length")
	// ErrNoBody is the reason given to a producer for a response that has no body: to HEAD, or with status 204, 205 or 304.
	ErrNoBody = errors.New("web: the response has no body")
)

// gatherMax is how many bytes of a response are gathered while its resource renders. What ends within them is sent with a Content-Length.
const gatherMax = 8192

// gathered recycles the memory of responses that are gathered: pointers to slices with a capacity of gatherMax.
var gathered = sync.Pool{New: func() any { b := make([]byte, 0, gatherMax); return &b }}

// response is the half of a Request that is written. All flags are together here, where they take the least room.
type response struct {
	header    Header
	gather    *[]byte // what was written before the head was sent; nil if nothing
	declared  int64   // the Content-Length that was set, -1 if none
	sent      int64   // bytes of body written, gathered ones included
	lengthSet bool    // declared was set by the resource
	headSent  bool
	bodiless  bool // known when headSent
	held      bool // NotDoneYet was called
	rendering,
	finishing, // Finish waits for the producer
	finished,
	producing,
	gone, // nobody is there to answer to
	// of the request
	chunkedBody,
	expects, // 100 Continue, which was not sent yet
	keepAlive bool
	minor  uint8 // of HTTP/1.x
	status int16
}

// SetStatus sets the status, 200 to 599, of a response whose head was not sent yet; 200 is the default.
func (r *Request) SetStatus(status int) { r.SetStatusText(status, "") }

// SetStatusText sets the status and the phrase after it, whose control characters are left out. HTTP clients ignore the phrase.
func (r *Request) SetStatusText(status int, phrase string) {
	if status < 200 || status > 599 {
		panic("web: SetStatus: not a final status")
	}
	if !h1.IsFieldValue(phrase) {
		phrase = ""
	}
	r.status = int16(status)
	if phrase != "" || r.more != nil {
		r.extra().phrase = phrase
	}
}

// Status returns the status of the response.
func (r *Request) Status() int { return int(r.status) }

// ResponseHeader returns the header of the response. What is set after the head was sent is not seen by anybody. Date and Server are supplied where they are missing;
// Content-Type is where there is a body. A Content-Length has to be true. Of Connection only "close" counts, and Transfer-Encoding is not for resources to set.
func (r *Request) ResponseHeader() *Header { return &r.header }

// ResponseTrailer returns the fields that are sent after the body, if the response is sent in chunks.
func (r *Request) ResponseTrailer() *Header { return &r.extra().trailer }

// HeadSent reports whether status and header are on their way and can no longer be changed.
func (r *Request) HeadSent() bool { return r.headSent }

// NotDoneYet keeps the response open after Render, or after the function given to ReadBody or StreamBody, has returned: until Finish. Twisted: NOT_DONE_YET.
func (r *Request) NotDoneYet() { r.held = true }

// Write writes a part of the body; p is copied. While the resource renders, the first 8 KiB are gathered; what is written then or later is sent at once, in chunks if no
// Content-Length was set. What the client does not take is queued, up to the bound of the transport (16 MiB by default): send more than that with Stream. Where the response has no body, as to HEAD, p is dropped. The error is ErrFinished, ErrContentLength or, if the client is gone, net.ErrClosed.
func (r *Request) Write(p []byte) (int, error) {
	switch {
	case r.gone:
		return 0, net.ErrClosed
	case r.finished:
		return 0, ErrFinished
	case len(p) == 0:
		return 0, nil
	case !r.headSent:
		if r.rendering && r.gatheredLen()+len(p) <= gatherMax {
			if r.gather == nil {
				r.gather = r.s.room()
			}
			*r.gather = append(*r.gather, p...)
			return len(p), nil
		}
		if r.gather == nil {
			return r.begins(p)
		}
		r.sendHead(nil, false)
	}
	return r.continues(p)
}

// begins sends the head with p behind it.
func (r *Request) begins(p []byte) (int, error) {
	if r.sendHead(p, false) {
		return len(p), nil
	}
	return r.continues(p)
}

func (r *Request) continues(p []byte) (int, error) {
	if r.bodiless {
		return len(p), nil
	}
	if c := r.coder(); c != nil {
		return c.write(p)
	}
	if r.declared >= 0 && r.sent+int64(len(p)) > r.declared {
		return 0, ErrContentLength
	}
	r.sent += int64(len(p))
	r.s.sendBody(r, p)
	return len(p), nil
}

// WriteString is Write for strings.
func (r *Request) WriteString(s string) (int, error) {
	if r.rendering && !r.headSent && !r.gone && !r.finished && r.gatheredLen()+len(s) <= gatherMax {
		if r.gather == nil {
			r.gather = r.s.room()
		}
		*r.gather = append(*r.gather, s...)
		return len(s), nil
	}
	return r.Write([]byte(s))
}

func (r *Request) gatheredLen() int {
	if r.gather == nil {
		return 0
	}
	return len(*r.gather)
}

func (r *Request) dropGathered() {
	if r.gather != nil {
		r.s.leave(r.gather)
		r.gather = nil
	}
}

// Flush sends the head and what was gathered, and what an [Encoder] holds back.
func (r *Request) Flush() {
	if r.gone || r.finished {
		return
	}
	if !r.headSent {
		r.sendHead(nil, false)
	}
	if c := r.coder(); c != nil {
		c.flush = true
		c.flushNow()
	}
}

// sendHead sends the head and what was gathered, or first if nothing was: true means that first was dealt with. With last set that is all of the response.
func (r *Request) sendHead(first []byte, last bool) bool {
	coded := r.more != nil && r.more.choose != nil
	if r.header.bad() || r.more != nil && r.more.trailer.bad() {
		err := errors.Join(r.header.Err(), r.ResponseTrailer().Err())
		r.complain("web: response refused", "error", err)
		r.Error(500, "")
		last, coded = true, false
	}
	if r.Method == "CONNECT" && (r.status <= 299 || (r.status == 404 || r.status == 405) && r.Protocol() == "") {
		r.Error(501, "") // only Upgrade opens a tunnel: a client would take any other success for one
		last, coded = true, false
	}
	r.declared = -1
	if v := r.header.Get("Content-Length"); v != "" {
		n, ok := h1.ParseLength(v)
		if !ok || last && r.Method != "HEAD" && !noBody(r.Status()) && n != int64(r.gatheredLen()) || n < int64(r.gatheredLen()) {
			r.complain("web: response refused: its Content-Length is wrong", "length", v)
			r.Error(500, "")
			last, n, coded = true, int64(r.gatheredLen()), false
		}
		r.declared, r.lengthSet = n, true
		r.header.Del("Content-Length") // the head is written with it from the number
	}
	if coded {
		r.encoding(last)
	}
	body, took, known := []byte(nil), false, last
	if c := r.coder(); c != nil {
		body, known = c.begin(last)
	} else if r.gather != nil {
		body = *r.gather
	} else if r.declared < 0 || int64(len(first)) <= r.declared {
		body, took = first, true
	}
	if known && r.declared < 0 {
		r.declared = int64(len(body))
	}
	r.bodiless = r.Method == "HEAD" || noBody(r.Status())
	if !r.bodiless {
		r.sent = int64(len(body))
	}
	r.headSent = true
	r.s.sendHead(r, body, last)
	r.dropGathered()
	return took
}

// noBody reports whether responses with that status have none.
func noBody(status int) bool { return status == 204 || status == 205 || status == 304 }

// Finish ends the response; with a producer registered it is ended when that unregisters. It returns ErrFinished the second time and net.ErrClosed if the client is gone.
// A response that is shorter than its Content-Length cannot be ended: the connection is aborted, so that the client notices.
func (r *Request) Finish() error {
	switch {
	case r.gone:
		return net.ErrClosed
	case r.finished:
		return ErrFinished
	case r.producing:
		r.finishing = true
		return nil
	case !r.headSent:
		r.sendHead(nil, true)
	case r.coder() != nil:
		if !r.more.coder.finish() {
			return nil
		}
		r.s.sendEnd(r)
	case !r.bodiless && r.declared >= 0 && r.sent != r.declared:
		r.complain("web: response shorter than its Content-Length", "length", r.declared, "sent", r.sent)
		r.Abort()
		return nil
	default:
		r.s.sendEnd(r)
	}
	r.finished = true
	r.s.responded(r)
	return nil
}

// Abort cuts the response off; over HTTP/1 that takes the connection.
func (r *Request) Abort() {
	if !r.gone && !r.finished {
		r.s.abort(r)
	}
}

// RegisterProducer puts p in charge of what is written. It is paused when the client does not read fast enough, and stopped when the client goes away. When Render returns,
// the response goes on until the producer unregisters. A producer for a response without a body is stopped with ErrNoBody, which is returned. The first
// call sends the head. Twisted: registerProducer.
func (r *Request) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	if !r.headSent && !r.gone && !r.finished {
		r.sendHead(nil, false)
	}
	switch {
	case r.gone:
		p.Stop(r.more.gone)
		return net.ErrClosed
	case r.finished:
		p.Stop(ErrFinished)
		return ErrFinished
	case r.producing:
		return protocol.ErrProducerRegistered
	case r.bodiless:
		p.Stop(ErrNoBody)
		return ErrNoBody
	}
	r.producing = true
	if c := r.coder(); c != nil {
		c.producer = &codedProducer{Producer: p, c: c, pull: mode == protocol.PullProducer}
		p = c.producer
	}
	if err := r.s.register(p, mode); err != nil {
		r.producing = false
		return err
	}
	if c := r.coder(); c != nil {
		c.producer.settle()
	}
	return nil
}

// UnregisterProducer lets go of the producer, after its last write.
func (r *Request) UnregisterProducer() {
	if !r.producing {
		return
	}
	r.producing = false
	if c := r.coder(); c != nil {
		c.producer = nil
		c.wait()
	}
	if r.gone {
		return
	}
	r.s.unregister()
	if r.finishing {
		r.finishing = false
		r.Finish()
	}
}

// Stream sends what seq yields, one piece at a time as the client takes them, and finishes the response. If seq yields an error, it is logged and the response is cut
// off. A piece is lent until the next one is asked for.
func (r *Request) Stream(seq iter.Seq2[[]byte, error]) {
	r.NotDoneYet()
	err := protocol.Pull(r, seq, func(err error) {
		switch {
		case err == nil, errors.Is(err, ErrNoBody):
			r.Finish()
		case !r.gone:
			r.complain("web: response cut off", "error", err)
			r.Abort()
		}
	})
	if errors.Is(err, protocol.ErrProducerRegistered) {
		panic("web: Stream: " + err.Error())
	}
}

// EarlyHints sends an interim response with status 103 and the given values of Link, to clients that speak HTTP/1.1 at least, before the head.
func (r *Request) EarlyHints(links ...string) {
	var h Header
	for _, l := range links {
		h.Add("Link", l)
	}
	if !r.headSent && !r.gone && !r.finished && !h.bad() {
		r.s.sendInterim(r, 103, &h)
	}
}

var _ protocol.Consumer = (*Request)(nil)
