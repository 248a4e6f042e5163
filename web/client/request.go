// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/torsion-go/torsion/web"
)

// A Request is what is sent. It must not change before the Deferred of its response has fired; a Doer that has to change something works on a copy.
type Request struct {
	// Method is a token; "" means GET.
	Method string
	// URL is absolute, of the scheme http or https. Its user information and its fragment are not sent.
	URL *url.URL
	// Host is what the Host field says; "" means the host of URL, without a default port.
	Host string
	// Header holds the fields. Those that belong to the connection or tell a length are the Agent's business: they are left out.
	Header web.Header
	// Body is what is sent; nil means none.
	Body Body
	// Trailer, if it is not nil, is called when the body was sent, for the fields that follow it. It needs a body of unknown length.
	Trailer func() web.Header
	// Expect sends the body only when the server has answered 100 Continue, or has not answered anything for a second (RFC 9110 section 10.1.1).
	Expect bool
	// Upgrade asks for another protocol by this name: by Upgrade in HTTP/1.1, by extended CONNECT (RFC 8441) in HTTP/2. See [Response.Upgrade].
	Upgrade string
	// Close ends the connection after the response. Over HTTP/2, where others may use the connection, it has no effect.
	Close bool
	// HTTP1 asks for HTTP/1.1 where the server would choose HTTP/2. It has no effect with HTTP2PriorKnowledge.
	HTTP1 bool
	// Timeouts are those of this request; the zero value of a field means that of the Agent.
	Timeouts Timeouts
	// Interim, if it is not nil, gets the heads with a status of 1xx: 100 Continue, 103 Early Hints. header is its to keep.
	Interim func(status int, header web.Header)
	// Trace, if it is not nil, is told of what happens to the request, on the loop, whatever a hook's own comment says. A hook may cancel the request. Those of names and addresses are called for
	// connections that are made for this request, by the Agent itself and not by Config.Endpoint, which is asked again for each of them; those of TLS for all that are made for it. The Conn of GotConn
	// has addresses and nothing else. PutIdleConn is for HTTP/1; WroteHeaderField is never called.
	Trace *httptrace.ClientTrace
	// Progress, if it is not nil, is told how much of the body was handed to the connection. total is -1 if it is not known.
	Progress func(sent, total int64)
}

// Timeouts bound a request, each from a moment of its own. For all of them 0 means the default, and a negative value no limit.
type Timeouts struct {
	Wait    time.Duration // for a connection of the pool that is free, when there may be no more of them; 10 s
	Connect time.Duration // to resolve the name, connect, pass the proxy and shake hands for TLS; 30 s
	Headers time.Duration // from the end of the request, or an interim head, to the end of the head of the response; 60 s
	Idle    time.Duration // between two parts of a body, in either direction, while the other side is waited for; 60 s
	// Unread is how long a response's body waits when nobody asks for it, or in one PauseBody or between two calls of Read behind 64 KiB that were not read; 5 min. The request fails then, and gives its connection back.
	Unread time.Duration
	Whole  time.Duration // from Do to the end of the response's body; no limit
}
