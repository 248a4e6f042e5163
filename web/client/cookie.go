// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A fieldJar is an http.CookieJar that reads and writes fields itself, as that of package cookiejar.
type fieldJar interface {
	Receive(u *url.URL, setCookie iter.Seq[string])
	Header(u *url.URL) string
}

// A CookieAgent sends the cookies of a jar, unless the request has a field Cookie of its own, and keeps those that responses set. Twisted: CookieAgent.
//
// It is put below a [RedirectAgent], so that each request on the way gets and sets cookies. The other way round, with a RedirectAgent inside, those of the way are kept too, but the
// requests on it do not have them. A jar that is used by Agents of several loops has to be safe for that, as that of web/cookiejar is.
type CookieAgent struct {
	inner  Doer
	jar    http.CookieJar
	fields fieldJar // jar, or nil
}

// NewCookieAgent returns a CookieAgent that sends by inner. jar is that of web/cookiejar, or any other, as that of net/http/cookiejar; it must not block, and is called on the loop.
func NewCookieAgent(inner Doer, jar http.CookieJar) *CookieAgent {
	fields, _ := jar.(fieldJar)
	return &CookieAgent{inner: inner, jar: jar, fields: fields}
}

// Loop returns the loop of the inner Doer. Safe from any goroutine.
func (a *CookieAgent) Loop() protocol.Loop { return a.inner.Loop() }

// Unwrap returns the inner Doer.
func (a *CookieAgent) Unwrap() Doer { return a.inner }

// Do sends r with its cookies. Loop only.
func (a *CookieAgent) Do(r *Request) *deferred.Deferred[*Response] {
	if r.URL != nil && !r.Header.Has("Cookie") {
		if value := a.header(r.URL); value != "" {
			r = cloned(r)
			r.Header.Set("Cookie", value)
		}
	}
	return a.inner.Do(r).AddCallbacks(func(resp *Response) (*Response, error) {
		a.receive(r, resp)
		return resp, nil
	}, func(err error) (*Response, error) {
		// A redirect that was not followed sets cookies too.
		if e, ok := err.(*Error); ok && e.Response != nil {
			a.receive(r, e.Response)
		}
		return nil, err
	})
}

func (a *CookieAgent) header(u *url.URL) string {
	if a.fields != nil {
		return a.fields.Header(u)
	}
	var b strings.Builder
	for _, c := range a.jar.Cookies(u) {
		if s := (&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}).String(); s != "" {
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// receive keeps the cookies of resp, the answer to r, and of those that led to it, oldest first.
func (a *CookieAgent) receive(r *Request, resp *Response) {
	var all []*Response
	for ; resp != nil; resp = resp.Previous {
		all = append(all, resp)
	}
	for _, resp := range slices.Backward(all) {
		from := r.URL
		if resp.Request != nil {
			from = resp.Request.URL
		}
		if from != nil && resp.Header.Has("Set-Cookie") {
			a.keep(from, &resp.Header)
		}
	}
}

func (a *CookieAgent) keep(u *url.URL, h *web.Header) {
	if a.fields != nil {
		a.fields.Receive(u, h.Values("Set-Cookie"))
		return
	}
	var list []*http.Cookie
	for value := range h.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(value); err == nil {
			list = append(list, c)
		}
	}
	if len(list) > 0 {
		a.jar.SetCookies(u, list)
	}
}

var _ Doer = (*CookieAgent)(nil)
