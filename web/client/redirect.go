// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// The causes of an [Error] of phase PhaseResponse that a [RedirectAgent] makes. Its Response is the redirect that was not followed; test with errors.Is.
// A redirect to a scheme that is neither http nor https is an *[UnsupportedSchemeError].
var (
	ErrRedirectMethod = errors.New("this redirect is not followed for this method or body")      // Twisted: PageRedirect
	ErrRedirectLimit  = errors.New("too many redirects")                                         // Twisted: InfiniteRedirection
	ErrRedirectLoop   = errors.New("the redirects go round in a circle")                         // Twisted: InfiniteRedirection
	ErrLocation       = errors.New("the redirect has no Location that can be understood")        // Twisted: RedirectWithNoLocation
	ErrDowngrade      = errors.New("the redirect leads from https to http, which is not secure") // with RefuseDowngrade
)

// ErrKeepRedirect is returned by [RedirectConfig].Policy to have the redirect itself be the response of Do, with its body.
var ErrKeepRedirect = errors.New("client: the redirect is the response")

// A RedirectConfig says which redirects a [RedirectAgent] follows. Zero fields mean their defaults.
type RedirectConfig struct {
	// Max is how many are followed for one request; 0 means 20, below 0 none.
	Max int
	// BrowserLike follows as browsers and curl -L do: 301 and 302 turn POST into GET, and Replay is on. Twisted: BrowserLikeRedirectAgent.
	BrowserLike bool
	// Replay sends other methods than GET and HEAD again, with their body, which has to be a [Rewinder] or nil: after 307 and 308, and with BrowserLike after 301 and 302 too.
	Replay bool
	// RefuseDowngrade fails redirects from https to http.
	RefuseDowngrade bool
	// Sensitive names fields that are not for another origin, besides Authorization, Cookie, Cookie2, Proxy-Authorization, Proxy-Authenticate and WWW-Authenticate.
	Sensitive []string
	// Policy, if it is not nil, is asked about each redirect before it is followed. It may change next, which is a copy of its own, or return an error: [ErrKeepRedirect], or the
	// cause of the failure of Do. If it turns next.URL to another origin, next goes there without the sensitive fields. from.Previous holds the earlier ones. Loop only.
	Policy func(next *Request, from *Response) error
}

// A RedirectAgent follows redirects: 301, 302, 307 and 308 for GET and HEAD, and for other methods as its configuration says; else they are errors with the response attached, of
// phase PhaseResponse. After 303 the method is GET, or HEAD if it was that. Twisted: RedirectAgent, BrowserLikeRedirectAgent.
//
// When scheme, host or port change, the sensitive fields and Request.Host are dropped, and stay so if a later redirect leads back. User information in a Location is ignored. The
// responses on the way are kept in Response.Previous, without their bodies. Timeouts.Whole of the request is for all of it; the other times, and the Agent's own, for each step.
//
// It is put around a [CookieAgent], so that redirects set and get cookies.
type RedirectAgent struct {
	inner     Doer
	cfg       RedirectConfig
	sensitive []string
}

// NewRedirectAgent returns a RedirectAgent that sends by inner. Slices of cfg are copied.
func NewRedirectAgent(inner Doer, cfg RedirectConfig) *RedirectAgent {
	cfg.Max = max(cmp.Or(cfg.Max, 20), 0)
	return &RedirectAgent{inner: inner, cfg: cfg, sensitive: append([]string{
		"Authorization", "Cookie", "Cookie2", "Proxy-Authorization", "Proxy-Authenticate", "WWW-Authenticate",
	}, cfg.Sensitive...)}
}

// Loop returns the loop of the inner Doer. Safe from any goroutine.
func (a *RedirectAgent) Loop() protocol.Loop { return a.inner.Loop() }

// Unwrap returns the inner Doer.
func (a *RedirectAgent) Unwrap() Doer { return a.inner }

// Do sends r, and follows where it leads. Loop only.
func (a *RedirectAgent) Do(r *Request) *deferred.Deferred[*Response] {
	t := &trail{agent: a, body: r.Body, end: deadlineOf(a.inner.Loop(), r)}
	return t.send(r)
}

// A trail is one call of Do.
type trail struct {
	agent *RedirectAgent
	body  Body // of the first request, which is what Rewind is called of
	end   deadline
	count int
	last  *Response
	seen  map[string]int // requests that were answered with a redirect
}

func (t *trail) send(r *Request) *deferred.Deferred[*Response] {
	return t.agent.inner.Do(r).AddCallbackD(func(resp *Response) *deferred.Deferred[*Response] { return t.answered(r, resp) })
}

// answered returns resp, or what it leads to.
func (t *trail) answered(r *Request, resp *Response) *deferred.Deferred[*Response] {
	loop := t.agent.inner.Loop()
	first := resp
	for first.Previous != nil {
		first = first.Previous
	}
	first.Previous, t.last = t.last, resp
	switch resp.Status {
	case 301, 302, 303, 307, 308:
	default:
		return deferred.SucceedOn(loop, resp)
	}
	next, err := t.next(r, resp)
	if err == ErrKeepRedirect {
		return deferred.SucceedOn(loop, resp)
	}
	if err != nil {
		resp.StopBody()
		return deferred.FailOn[*Response](loop, failed(r, PhaseResponse, fmt.Errorf("status %d: %w", resp.Status, err), resp))
	}
	return deferred.ThenD(drained(r, resp), func(struct{}) *deferred.Deferred[*Response] { return t.send(next) })
}

// next returns the request that follows r.
func (t *trail) next(r *Request, resp *Response) (*Request, error) {
	a := t.agent
	target, err := location(r.URL, resp)
	if err != nil {
		return nil, err
	}
	next := cloned(r)
	next.URL = target
	if err := t.method(next, resp.Status); err != nil {
		return nil, err
	}
	switch {
	case t.count >= a.cfg.Max:
		return nil, ErrRedirectLimit
	case a.cfg.RefuseDowngrade && r.URL.Scheme == "https" && target.Scheme == "http":
		return nil, ErrDowngrade
	case t.circle(r, resp):
		return nil, ErrRedirectLoop
	}
	t.count++
	if !sameOrigin(r.URL, target) {
		a.strip(next)
	}
	if r.URL.Scheme == "https" && target.Scheme == "http" {
		next.Header.Del("Referer") // RFC 9110 section 10.1.3
	}
	if a.cfg.Policy != nil {
		judged := *target // the Policy may change next.URL in place
		if err := a.cfg.Policy(next, resp); err != nil {
			return nil, err
		}
		if next.URL != nil && !sameOrigin(&judged, next.URL) && !sameOrigin(r.URL, next.URL) {
			a.strip(next)
		}
	}
	return next, t.end.hand(a.inner.Loop(), next)
}

// strip takes off what is not for another origin.
func (a *RedirectAgent) strip(next *Request) {
	next.Host = ""
	for _, name := range a.sensitive {
		next.Header.Del(name)
	}
}

// method makes next what is sent after a redirect with that status (RFC 9110 section 15.4).
func (t *trail) method(next *Request, status int) error {
	a := t.agent
	switch method := methodOf(next); {
	case method == "HEAD", method == "GET" && next.Body == nil:
	case status == 303, a.cfg.BrowserLike && method == "POST" && status <= 302:
		next.Method, next.Body, next.Trailer, next.Expect = "GET", nil, nil, false
		for _, name := range contentFields {
			next.Header.Del(name)
		}
		return nil
	case method != "GET" && !a.cfg.BrowserLike && (status <= 302 || !a.cfg.Replay):
		return ErrRedirectMethod
	}
	if next.Body == nil {
		return nil
	}
	body, ok, err := again(t.body)
	if !ok {
		return fmt.Errorf("%w: the body cannot be sent again", ErrRedirectMethod)
	}
	next.Body = body
	return err
}

// contentFields are about a body that is not sent again.
var contentFields = []string{
	"Content-Encoding", "Content-Language", "Content-Location", "Content-Type", "Content-Length", "Content-MD5", "Content-Digest", "Repr-Digest", "Digest", "Last-Modified",
}

// circle reports whether r was sent twice before. Once more is common: a page sets a cookie, and leads back to itself. resp.Request has the cookies that were sent.
func (t *trail) circle(r *Request, resp *Response) bool {
	sent := cmp.Or(resp.Request, r)
	key := methodOf(r) + " " + r.URL.String() + "\n" + strings.Join(slices.Collect(sent.Header.Values("Cookie")), "; ")
	if t.seen == nil {
		t.seen = make(map[string]int)
	}
	t.seen[key]++
	return t.seen[key] > 2
}

// location returns where resp, the answer to a request for base, leads to.
func location(base *url.URL, resp *Response) (*url.URL, error) {
	value := resp.Header.Get("Location")
	for v := range resp.Header.Values("Location") {
		if v != value {
			return nil, fmt.Errorf("%w: there are several", ErrLocation)
		}
	}
	if value == "" {
		return nil, fmt.Errorf("%w: there is none", ErrLocation)
	}
	ref, err := url.Parse(value)
	if err != nil {
		return nil, fmt.Errorf("%w: it is malformed", ErrLocation) // without the text, which may hold a password
	}
	u := base.ResolveReference(ref)
	u.Scheme = strings.ToLower(u.Scheme)
	if ref.User != nil {
		u.User = nil
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, &UnsupportedSchemeError{u.Scheme}
	case u.Opaque != "" || u.Hostname() == "":
		return nil, fmt.Errorf("%w: it names no host", ErrLocation)
	}
	if !strings.Contains(value, "#") {
		u.Fragment, u.RawFragment = base.Fragment, base.RawFragment // RFC 9110 section 10.2.2
	}
	return u, nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

var _ Doer = (*RedirectAgent)(nil)
