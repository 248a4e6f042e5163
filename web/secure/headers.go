// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// The defaults of HeadersConfig.
const (
	DefaultHSTS              = 365 * 24 * time.Hour
	DefaultCSP               = "default-src 'self'; script-src 'self' {nonce}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'"
	DefaultReferrerPolicy    = "strict-origin-when-cross-origin"
	DefaultPermissionsPolicy = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
)

// HeadersConfig holds the values of the headers. Its zero value means the defaults that the fields name. "-" leaves a header out.
type HeadersConfig struct {
	// HSTS is for how long browsers are to use TLS only, told over TLS only (Request.Secure); 0 means DefaultHSTS, a year. A negative time leaves it out. Browsers hold a site to it: there is no way back before
	// the time is over.
	HSTS time.Duration
	// HSTSSubdomains includes all names below the host's; false does not.
	HSTSSubdomains bool
	// HSTSPreload consents to a place in the lists that browsers are delivered with, which asks for HSTSSubdomains and a year at least; false does not.
	HSTSPreload bool
	// CSP is the Content-Security-Policy; "" means DefaultCSP. "{nonce}" in it becomes the source for what carries the [Nonce] of the request, and nothing for requests that made none.
	CSP string
	// CSPReportOnly is the Content-Security-Policy-Report-Only, with "{nonce}" as well; "" leaves it out.
	CSPReportOnly string
	// FrameAncestors are the sites that may show a page in a frame, in CSP's words; "" means 'self'. It becomes part of the CSP, unless that says it, and X-Frame-Options, which knows 'self' and
	// 'none' only and is left out for others.
	FrameAncestors string
	// ReferrerPolicy is the Referrer-Policy; "" means DefaultReferrerPolicy: other sites learn of the origin only.
	ReferrerPolicy string
	// PermissionsPolicy is the Permissions-Policy; "" means DefaultPermissionsPolicy.
	PermissionsPolicy string
	// OpenerPolicy is the Cross-Origin-Opener-Policy; "" means same-origin: windows of other sites get no hold of ours.
	OpenerPolicy string
	// ResourcePolicy is the Cross-Origin-Resource-Policy; "" means same-origin: pages of other sites cannot show what is ours. For public images and scripts it is cross-origin.
	ResourcePolicy string
	// AllowSniffing leaves X-Content-Type-Options: nosniff out, which has browsers believe the Content-Type; false sends it.
	AllowSniffing bool
}

// Headers is a Leaf that adds security headers to the responses of another resource: to refusals and redirects too. A header that the resource has set is left as it is. Immutable.
type Headers struct {
	next   web.Resource
	fields []field
	hsts   string
	add    func(r *web.Request, length int64) web.Encoder
}

type field struct {
	name, value string
	nonce       bool // value has the mark of one
}

// nonceMark is what stands for the nonce in a policy.
const nonceMark = "{nonce}"

// NewHeaders returns Headers around next. It fails for values that no header can hold, and for a preload that browsers would refuse.
func NewHeaders(next web.Resource, c HeadersConfig) (*Headers, error) {
	h := &Headers{next: next}
	if c.HSTS >= 0 {
		age := cmp.Or(c.HSTS, DefaultHSTS)
		h.hsts = "max-age=" + strconv.FormatInt(int64(age/time.Second), 10)
		if c.HSTSSubdomains {
			h.hsts += "; includeSubDomains"
		}
		if c.HSTSPreload {
			h.hsts += "; preload"
		}
		if c.HSTSPreload && (!c.HSTSSubdomains || age < DefaultHSTS) {
			return nil, errors.New("secure: NewHeaders: HSTSPreload needs HSTSSubdomains and an HSTS of a year at least")
		}
	}
	if !c.AllowSniffing {
		h.put("X-Content-Type-Options", "nosniff")
	}
	ancestors := cmp.Or(c.FrameAncestors, "'self'")
	switch ancestors {
	case "'self'":
		h.put("X-Frame-Options", "SAMEORIGIN")
	case "'none'":
		h.put("X-Frame-Options", "DENY")
	}
	h.put("Content-Security-Policy", withAncestors(cmp.Or(c.CSP, DefaultCSP), ancestors))
	h.put("Content-Security-Policy-Report-Only", cmp.Or(c.CSPReportOnly, "-"))
	h.put("Referrer-Policy", cmp.Or(c.ReferrerPolicy, DefaultReferrerPolicy))
	h.put("Permissions-Policy", cmp.Or(c.PermissionsPolicy, DefaultPermissionsPolicy))
	h.put("Cross-Origin-Opener-Policy", cmp.Or(c.OpenerPolicy, "same-origin"))
	h.put("Cross-Origin-Resource-Policy", cmp.Or(c.ResourcePolicy, "same-origin"))
	for _, f := range h.fields {
		if !h1.IsFieldValue(f.value) {
			return nil, fmt.Errorf("secure: NewHeaders: %s: %q cannot be sent", f.name, f.value)
		}
	}
	h.add = h.complete
	return h, nil
}

func (h *Headers) put(name, value string) {
	if value != "-" {
		h.fields = append(h.fields, field{name, value, strings.Contains(value, nonceMark)})
	}
}

// withAncestors adds frame-ancestors to a policy that does not say it.
func withAncestors(policy, ancestors string) string {
	if ancestors == "-" || policy != "-" && hasDirective(policy, "frame-ancestors") {
		return policy
	}
	own := "frame-ancestors " + ancestors
	if policy = strings.TrimRight(policy, "; "); policy == "-" || policy == "" {
		return own
	}
	return policy + "; " + own
}

func hasDirective(policy, name string) bool {
	for d := range strings.SplitSeq(policy, ";") {
		if first, _, _ := strings.Cut(strings.TrimSpace(d), " "); strings.EqualFold(first, name) {
			return true
		}
	}
	return false
}

// IsLeaf returns true.
func (h *Headers) IsLeaf() bool { return true }

// Render has the resource answer, and adds the headers when its response is about to be sent. Loop only.
func (h *Headers) Render(r *web.Request) {
	r.Encode(h.add)
	offer(r)
	web.Dispatch(h.next, r)
}

// complete adds what is missing.
func (h *Headers) complete(r *web.Request, _ int64) web.Encoder {
	header := r.ResponseHeader()
	for _, f := range h.fields {
		if header.Has(f.name) {
			continue
		}
		value := f.value
		if f.nonce {
			value = withNonce(value, made(r))
		}
		header.Set(f.name, value)
	}
	if h.hsts != "" && r.Secure() && !header.Has("Strict-Transport-Security") {
		header.Set("Strict-Transport-Security", h.hsts)
	}
	return nil
}

var _ web.Leaf = (*Headers)(nil)
