// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// A DialConfig holds what concerns clients only. Its zero value means the defaults.
type DialConfig struct {
	Options
	// Header holds further fields of the request, as Origin, Authorization or Cookie. It is not changed.
	Header web.Header
	// Timeouts are those of the request, up to its answer.
	Timeouts client.Timeouts
}

// A HandshakeError tells that a server did not accept, or not in the right way.
type HandshakeError struct {
	URL      string // without its password and its query
	Reason   string
	Response *client.Response
	Body     []byte // the beginning of what the response said, up to 16 KiB, as far as it came within 5 s
}

// Error returns "websocket: handshake with URL: reason".
func (e *HandshakeError) Error() string {
	return "websocket: handshake with " + e.URL + ": " + e.Reason
}

// Dial connects to a URL of the scheme ws or wss, or http or https, for h. The Deferred fires after Open; cancelling it gives the attempt up wherever it stands. It fails with a
// [*HandshakeError] if the server has answered, else with a [*client.Error]. What doer does is done: an Agent uses its proxies, and HTTP/2 where the server allows it (RFC 8441); something around it adds
// cookies. Redirects are not followed unless doer does so. Loop only.
func Dial(doer client.Doer, rawURL string, h Handler, config DialConfig) *deferred.Deferred[*Conn] {
	u, err := parseURL(rawURL)
	if err != nil {
		return deferred.FailOn[*Conn](doer.Loop(), err)
	}
	set := newSettings(config.Options)
	key := ws.NewKey()
	req := &client.Request{URL: u, Upgrade: "websocket", Timeouts: config.Timeouts}
	for name, value := range config.Header.All() {
		req.Header.Add(name, value)
	}
	req.Header.Set("Sec-WebSocket-Version", ws.Version)
	req.Header.Set("Sec-WebSocket-Key", key)
	if len(set.Protocols) > 0 {
		req.Header.Set("Sec-WebSocket-Protocol", strings.Join(set.Protocols, ", "))
	}
	if set.deflate != nil {
		req.Header.Set("Sec-WebSocket-Extensions", set.deflate.Offer())
	}
	return deferred.ThenD(doer.Do(req), func(r *client.Response) *deferred.Deferred[*Conn] {
		c, err := answered(r, set, key, h)
		if err == nil {
			return deferred.SucceedOn(doer.Loop(), c)
		}
		e := &HandshakeError{URL: redact(rawURL), Reason: err.Error(), Response: r}
		if he, ok := errors.AsType[*ws.HandshakeError](err); ok {
			e.Reason = he.Reason
		}
		if r.Status == 101 {
			r.StopBody()
			return deferred.FailOn[*Conn](doer.Loop(), e)
		}
		return e.withBody(doer, r)
	})
}

// maxBody is how much of a refusal's body is read, and bodyTime how long.
const (
	maxBody  = 16 << 10
	bodyTime = 5 * time.Second
)

// withBody fails with e when the body is there, or the beginning of it.
func (e *HandshakeError) withBody(doer client.Doer, r *client.Response) *deferred.Deferred[*Conn] {
	d := deferred.NewCancellable(doer.Loop(), func(*deferred.Deferred[*Conn]) { r.StopBody() })
	limit := doer.Loop().CallLater(bodyTime, r.StopBody)
	r.StreamBody(func(p []byte) {
		e.Body = append(e.Body, p[:min(len(p), maxBody-len(e.Body))]...)
		if len(e.Body) == maxBody {
			r.StopBody()
		}
	}, func(error) {
		limit.Cancel()
		d.Errback(e)
	})
	return d
}

// answered makes the connection of an answer.
func answered(r *client.Response, set *settings, key string, h Handler) (*Conn, error) {
	f := fields{r}
	if r.Proto == "HTTP/2.0" {
		if r.Status < 200 || r.Status > 299 {
			return nil, fmt.Errorf("the server has answered %d", r.Status)
		}
	} else if r.Status != 101 {
		return nil, fmt.Errorf("the server has answered %d", r.Status)
	} else if err := ws.CheckResponse(f, key); err != nil {
		return nil, err
	}
	name, err := ws.ConfirmProtocol(f, set.Protocols)
	if err != nil {
		return nil, err
	}
	extensions, err := ws.ParseExtensions(f.Values("Sec-WebSocket-Extensions"))
	if err != nil {
		return nil, err
	}
	params, err := set.deflate.Confirm(extensions)
	if err != nil {
		return nil, err
	}
	c := newConn(set, ws.Client, h, name, params)
	if err := r.Upgrade((*wire)(c)); err != nil {
		return nil, err
	}
	return c, nil
}

// fields are those of a response, those of the connection included.
type fields struct{ r *client.Response }

// Values yields the values of the field.
func (f fields) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, h := range []*web.Header{&f.r.Header, &f.r.Conn} {
			for v := range h.Values(name) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// parseURL reads a URL, whose scheme becomes that of HTTP.
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("websocket: malformed URL") // the error would show it, with its password
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	case "http", "https":
	default:
		return nil, fmt.Errorf("websocket: URL of the scheme %q: it has to be ws or wss", u.Scheme)
	}
	switch {
	case u.Host == "":
		return nil, errors.New("websocket: URL without a host")
	case u.Fragment != "":
		return nil, errors.New("websocket: URL with a fragment") // RFC 6455 section 3
	}
	return u, nil
}

// redact returns a URL as it may be shown.
func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "?"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// portOf returns the port that u names, or that of its scheme.
func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
