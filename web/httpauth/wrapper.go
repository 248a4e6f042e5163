// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package httpauth

import (
	"errors"
	"net"
	"strings"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// Config holds the options of [New] and [Protect]. Its zero value logs in at the portal and limits nothing.
type Config struct {
	// Guard locks out those who guess; nil means that nobody does.
	Guard *guard.Guard
}

// A Wrapper is a web.Leaf that lets a user's own resource answer. Immutable. Twisted: HTTPAuthSessionWrapper.
type Wrapper struct {
	portal  *cred.Portal[web.Resource]
	config  Config
	schemes []Scheme
}

// New returns a Wrapper that logs in at portal with what the schemes take. They are offered in their order, the strongest first. The mind that the realm gets is the
// *web.Request. It panics without a scheme.
func New(portal *cred.Portal[web.Resource], config Config, schemes ...Scheme) *Wrapper {
	if len(schemes) == 0 {
		panic("httpauth: New without a scheme")
	}
	return &Wrapper{portal, config, schemes}
}

// Protect returns a Wrapper in front of one resource, for everybody whom one of the checkers lets in.
func Protect(res web.Resource, config Config, checkers []cred.AnyChecker, schemes ...Scheme) *Wrapper {
	portal := cred.NewPortal(cred.RealmFunc[web.Resource](func(loop protocol.Loop, _ cred.AvatarID, _ any) *deferred.Deferred[cred.Avatar[web.Resource]] {
		return deferred.SucceedOn(loop, cred.Avatar[web.Resource]{Avatar: res})
	}))
	for _, c := range checkers {
		portal.Add(c)
	}
	return New(portal, config, schemes...)
}

// IsLeaf returns true: the avatar gets what is left of the path.
func (w *Wrapper) IsLeaf() bool { return true }

var user = web.NewKey[cred.AvatarID]("user")

// User returns who has logged in to send r, and whether somebody has; the anonymous have too. Loop only.
func User(r *web.Request) (cred.AvatarID, bool) {
	return user.Get(r)
}

// Render logs in and has the avatar answer.
func (w *Wrapper) Render(r *web.Request) {
	creds, chosen, err := w.credentials(r)
	if err != nil {
		w.refuse(r, chosen, err)
		r.Error(401, "")
		return
	}
	login := w.login(r, creds)
	login.AddErrback(func(err error) (cred.Avatar[web.Resource], error) {
		return cred.Avatar[web.Resource]{}, w.failed(r, chosen, err)
	})
	web.Later(r, login, func(a cred.Avatar[web.Resource]) {
		r.NotifyEnd(func(error) { a.Logout() })
		user.Set(r, a.ID)
		if d, ok := creds.(interface{ Info() string }); ok {
			if info := d.Info(); info != "" {
				r.ResponseHeader().Set("Authentication-Info", info)
			}
		}
		if a.Avatar == nil {
			r.Error(404, "")
			return
		}
		web.Dispatch(a.Avatar, r)
	})
}

func (w *Wrapper) login(r *web.Request, creds cred.Credentials) *deferred.Deferred[cred.Avatar[web.Resource]] {
	if _, anonymous := creds.(cred.Anonymous); w.config.Guard == nil || anonymous {
		return w.portal.Login(r.Loop(), creds, r)
	}
	var peer net.Addr
	if addr := r.ClientAddr(); addr.IsValid() {
		peer = &net.TCPAddr{IP: addr.AsSlice()}
	}
	return guard.Login(w.config.Guard, w.portal, r.Loop(), creds, r, peer)
}

// credentials returns what r logs in with, and the index of the scheme that it has chosen, -1 for none.
func (w *Wrapper) credentials(r *web.Request) (cred.Credentials, int, error) {
	field, n := "", 0
	for v := range r.Header.Values("Authorization") {
		field = v
		n++
	}
	switch {
	case n > 1:
		return nil, -1, errors.New("httpauth: several Authorization fields")
	case n == 0:
		if state := r.TLS(); state != nil && len(state.PeerCertificates) > 0 && cred.Handles[cred.ClientCertificate](w.portal) {
			return cred.ClientCertificate{State: *state}, -1, nil
		}
		return cred.Anonymous{}, -1, nil
	}
	name, params, _ := strings.Cut(field, " ")
	for i, s := range w.schemes {
		if strings.EqualFold(name, s.Name()) {
			creds, err := s.Decode(r, strings.Trim(params, " \t"))
			return creds, i, err
		}
	}
	return nil, -1, errors.New("httpauth: no such scheme")
}

// refuse adds the challenges to the header of r's response. err is what the answer to a challenge of the chosen scheme has led to.
func (w *Wrapper) refuse(r *web.Request, chosen int, err error) {
	h := r.ResponseHeader()
	h.Del("WWW-Authenticate")
	for i, s := range w.schemes {
		var reason error
		if i == chosen {
			reason = err
		}
		for _, c := range s.Challenges(r, reason) {
			h.Add("WWW-Authenticate", c)
		}
	}
	h.Set("Cache-Control", "no-store")
}

// failed returns the error that r's response is made of.
func (w *Wrapper) failed(r *web.Request, chosen int, err error) error {
	cause := err
	if e, ok := errors.AsType[*cred.Error](err); ok && e.Err != nil {
		cause = e.Err
	}
	switch {
	case errors.Is(err, deferred.ErrCancelled):
		return err // the client has gone
	case errors.Is(err, cred.ErrBusy):
		r.ResponseHeader().Set("Retry-After", "5")
		return &web.StatusError{Status: 503, Detail: "Too many logins are under way. Try again soon."}
	case errors.Is(cause, cred.ErrLoginFailed), errors.Is(cause, cred.ErrUnauthorized):
		w.refuse(r, chosen, err)
		return &web.StatusError{Status: 401}
	}
	return cause // logged, and answered with 500
}

var _ web.Leaf = (*Wrapper)(nil)
