// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Request is a request and, as in Twisted, the response to it. It belongs to one request for good and may be kept after its end, unless Config.ReuseRequests is set. Loop only, all of it. Twisted:
// server.Request.
type Request struct {
	Method string // as sent: methods mind case
	URI    string // the request target as sent
	Path   string // the path, still percent-encoded, without the query; "*" in OPTIONS *
	Query  string // what follows the first '?', still encoded
	Proto  string // "HTTP/1.0", "HTTP/1.1" or "HTTP/2.0"
	// Host is the Host header, or the authority of an absolute target: a name or address with an optional port, checked to be one. HTTP/1.0 clients may leave it out.
	Host string
	// Header holds the request's fields, whose names are in lower case over HTTP/2. Trailer holds those that followed a chunked body, once it has been read.
	Header, Trailer Header
	// PrePath holds the segments of the path, percent-decoded after splitting, that the tree of resources has consumed, PostPath those that are left.
	PrePath, PostPath []string
	// Received is when the header was complete.
	Received time.Time

	s stream
	response
	upload
	more *more // what few requests need; nil if this one does not

	reply     fieldSet    // of the response's header
	replyRoom [2]h1.Field // the usual number of its fields, in the same allocation
	pathRoom  [2]string
}

// more is the part of a Request that is made when it is asked for.
type more struct {
	args     url.Values
	notify   []func(error)
	ctx      context.Context // the request's own lifetime
	cancel   context.CancelCauseFunc
	phrase   string
	trailer  Header // of the response
	gone     error  // why nobody is there to answer to
	pending  int    // Deferreds given to Later that have not fired
	handling bool   // an http.Handler has not returned
	half     error  // why the client sends no more, though it may still read
	client   *client
	root     string      // of RememberRoot
	values   map[any]any // by Key
	protocol string      // of an extended CONNECT

	choose []func(*Request, int64) Encoder // given to Encode
	coder  *coder                          // nil if the body is sent as it is written

	decoding *decoding // of the request's body; nil if it is read as it comes
}

// working reports whether somebody works for the request, wanted or not.
func (m *more) working() bool { return m.pending > 0 || m.handling }

// idle is called when somebody has ceased to.
func (r *Request) idle() {
	if s, ok := r.s.(*h2stream); ok && r.gone && !r.more.working() {
		s.released()
	}
}

func (r *Request) extra() *more {
	if r.more == nil {
		r.more = new(more)
	}
	return r.more
}

// A stream is the connection, or the part of it, that carries one request and its response.
type stream interface {
	transport() protocol.Transport
	server() *Site
	// sendHead sends the response's head and the first, or with last set the only, part of its body.
	sendHead(r *Request, body []byte, last bool)
	sendBody(r *Request, p []byte)
	sendEnd(r *Request)
	sendInterim(r *Request, status int, h *Header)
	// responded is called when the response is complete.
	responded(r *Request)
	// bodyFlow is called when the request's body begins or ceases to be wanted.
	bodyFlow(r *Request)
	// room lends memory to gather the body in, and leave takes it back.
	room() *[]byte
	leave(b *[]byte)
	register(p protocol.Producer, mode protocol.ProducerMode) error
	unregister()
	abort(r *Request)
}

// begin fills the fields from h and reports whether the path is well-formed.
func (r *Request) begin(h *h1.Head, s stream, now time.Time) bool {
	r.s, r.Received = s, now
	r.Method, r.URI, r.Path, r.Query, r.Host = h.Method, h.Target, h.Path, h.Query, h.Host
	r.length, r.minor, r.chunkedBody, r.keepAlive, r.expects = h.Length, h.Minor, h.Chunked, h.KeepAlive, h.Continue
	r.Proto = "HTTP/1.1"
	if h.Minor == 0 {
		r.Proto = "HTTP/1.0"
	}
	r.Header.lines = h.Fields
	r.reply.fields = r.replyRoom[:0]
	r.header.set = &r.reply
	r.status, r.declared = 200, -1
	ok := true
	if r.Path != "" && r.Path[0] == '/' {
		r.PostPath, ok = split(r.Path[1:], r.pathRoom[:0])
	}
	r.PrePath = r.PostPath[:0:0]
	return ok
}

// split appends the segments of rest, percent-decoded, to path and reports whether they are well-formed.
func split(rest string, path []string) ([]string, bool) {
	encoded := strings.IndexByte(rest, '%') >= 0
	for {
		segment, after, more := strings.Cut(rest, "/")
		if encoded {
			var err error
			if segment, err = url.PathUnescape(segment); err != nil {
				return nil, false
			}
		}
		path = append(path, segment)
		if rest = after; !more {
			return path, true
		}
	}
}

// Args returns the parameters of the query. Pairs are separated by & or ;, blank values are kept, a plus is a space, and what is not percent-encoded
// properly is taken as it stands. Twisted: Request.args.
func (r *Request) Args() url.Values {
	m := r.extra()
	if m.args == nil {
		m.args = parseArgs(r.Query, r.s.server().config.Limits.Params)
	}
	return m.args
}

func parseArgs(query string, limit int) url.Values {
	args := make(url.Values)
	for query != "" && limit > 0 {
		var pair string
		if i := strings.IndexAny(query, "&;"); i >= 0 {
			pair, query = query[:i], query[i+1:]
		} else {
			pair, query = query, ""
		}
		if pair == "" {
			continue
		}
		limit--
		k, v, _ := strings.Cut(pair, "=")
		k = unescapeArg(k)
		args[k] = append(args[k], unescapeArg(v))
	}
	return args
}

func unescapeArg(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// Arg returns the first value of a parameter of the query, or "".
func (r *Request) Arg(name string) string { return r.Args().Get(name) }

// RemoteAddr returns the client's address.
func (r *Request) RemoteAddr() net.Addr { return r.s.transport().RemoteAddr() }

// LocalAddr returns the address that the client connected to.
func (r *Request) LocalAddr() net.Addr { return r.s.transport().LocalAddr() }

// Loop returns the loop that the request belongs to: its clock, and the way back in from other goroutines.
func (r *Request) Loop() protocol.Loop { return r.s.transport().Loop() }

// TLS returns the state of the connection's TLS, or nil if it has none. Twisted: isSecure.
func (r *Request) TLS() *tls.ConnectionState {
	if s, ok := r.s.(*guestStream); ok {
		return s.g.req.TLS
	}
	t, ok := protocol.As[tlswrap.Transport](r.s.transport())
	if !ok {
		return nil
	}
	state, ok := t.ConnectionState()
	if !ok {
		return nil
	}
	return &state
}

// NotifyFinish calls f once: with nil when the response was handed over to the connection, or with the reason when the client went away before that, or ceased to
// send on a connection that is still answering it. Functions run in the order in which they were given. Twisted: notifyFinish.
func (r *Request) NotifyFinish(f func(err error)) {
	switch {
	case r.gone:
		f(r.more.gone)
	case r.finished:
		f(nil)
	case r.more != nil && r.more.half != nil:
		f(r.more.half)
	default:
		r.extra().notify = append(r.more.notify, f)
	}
}

// NotifyEnd calls f once: with nil when the response was handed over, or with the reason when the client is gone. Unlike [Request.NotifyFinish] it takes no notice of a client that only ceases to send: it may still
// read, as netcat does.
func (r *Request) NotifyEnd(f func(err error)) {
	var wait func(error)
	wait = func(err error) {
		if !r.gone && !r.finished {
			r.extra().notify = append(r.more.notify, wait)
			return
		}
		f(err)
	}
	r.NotifyFinish(wait)
}

// Context returns a context that ends when the response is complete or the client has gone away; context.Cause tells which: context.Canceled or the reason.
// The context is safe from any goroutine.
func (r *Request) Context() context.Context {
	m := r.extra()
	if m.ctx == nil {
		m.ctx, m.cancel = context.WithCancelCause(context.Background())
		if reason := cmp.Or(m.gone, m.half); r.finished || reason != nil {
			m.cancel(reason)
		}
	}
	return m.ctx
}

// tell runs what waits for the end of the request.
func (r *Request) tell(err error) {
	m := r.more
	if m == nil {
		return
	}
	notify := m.notify
	m.notify = nil
	if m.cancel != nil {
		m.cancel(err)
	}
	for _, f := range notify {
		f(err)
	}
}

// closed reports the loss of the client.
func (r *Request) closed(reason error) {
	if r.gone || r.finished {
		return
	}
	r.gone = true
	r.extra().gone = reason
	r.dropGathered()
	if c := r.coder(); c != nil {
		c.drop()
	}
	r.endBody(reason, 0)
	r.tell(reason)
}
