// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Problem is an error as the client sees it, a page for people or the problem details of RFC 9457 for programs, whichever the Accept field prefers. It is a Leaf: put it
// anywhere in a tree. It is an error too, which [Later] and [Returns] answer with. All texts are plain and are escaped. Twisted: pages.errorPage.
type Problem struct {
	Status   int            // 400 to 599; anything else means 500
	Type     string         // a URI that names the kind of problem; "" means about:blank
	Title    string         // "" means the name of the status
	Detail   string         // about this very case; may be empty
	Instance string         // a URI that names this very case; may be empty
	Extra    map[string]any // further members, of values that encoding/json knows; the standard ones' names are not for them
}

// NotFound returns a Problem with status 404. Twisted: pages.notFound.
func NotFound(detail string) *Problem { return &Problem{Status: 404, Detail: detail} }

// Forbidden returns a Problem with status 403. Twisted: pages.forbidden.
func Forbidden(detail string) *Problem { return &Problem{Status: 403, Detail: detail} }

// IsLeaf returns true: what would be below is the same problem.
func (p *Problem) IsLeaf() bool { return true }

// Error returns "web: status title: detail".
func (p *Problem) Error() string {
	s := fmt.Sprintf("web: %d %s", p.status(), p.title())
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	return s
}

func (p *Problem) status() int {
	if p.Status < 400 || p.Status > 599 {
		return 500
	}
	return p.Status
}

func (p *Problem) title() string {
	return cmp.Or(p.Title, http.StatusText(p.status()), "Status "+strconv.Itoa(p.status()))
}

// Render answers r with the problem, as [Request.Error] does.
func (p *Problem) Render(r *Request) {
	if !r.clearFor(p.status()) {
		return
	}
	r.header.Add("Vary", "Accept")
	switch kind := r.prefers("text/html", "application/problem+json", "application/json"); kind {
	case 1, 2:
		if b, err := p.json(); err == nil {
			r.header.Set("Content-Type", [...]string{"", "application/problem+json", "application/json"}[kind])
			r.gather = r.s.room()
			*r.gather = append(*r.gather, b...)
			return
		}
	}
	r.header.Set("Content-Type", "text/html; charset=utf-8")
	r.page(p.status(), p.title(), html.EscapeString(p.Detail))
}

func (p *Problem) json() ([]byte, error) {
	m := make(map[string]any)
	maps.Copy(m, p.Extra)
	m["status"], m["title"] = p.status(), p.title()
	for k, v := range map[string]string{"type": p.Type, "detail": p.Detail, "instance": p.Instance} {
		if delete(m, k); v != "" {
			m[k] = v
		}
	}
	return json.Marshal(m)
}

// prefers returns the index of the type that the Accept fields give the highest weight, the first among equals, and 0 if they accept none.
func (r *Request) prefers(types ...string) int {
	best, index := 0.0, 0
	for i, t := range types {
		if q := r.accepts(t); q > best {
			best, index = q, i
		}
	}
	return index
}

// accepts returns the weight of the media type by RFC 9110 section 12.5.1: that of the most specific range; parameters other than q are not looked at. Without
// the field everything is accepted.
func (r *Request) accepts(mediaType string) float64 {
	if !r.Header.Has("Accept") {
		return 1
	}
	family, _, _ := strings.Cut(mediaType, "/")
	weight, specific := 0.0, 0
	for e := range r.Header.Tokens("Accept") {
		name, params, _ := strings.Cut(e, ";")
		name = strings.TrimRight(name, " \t")
		n := 0
		switch {
		case h1.EqualFold(name, mediaType):
			n = 3
		case h1.EqualFold(name, family+"/*"):
			n = 2
		case name == "*/*":
			n = 1
		}
		if n > specific {
			weight, specific = quality(params), n
		}
	}
	return weight
}

// quality returns the q parameter, 1 if there is none, 0 if it is malformed.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if k, v, _ := strings.Cut(strings.Trim(p, " \t"), "="); h1.EqualFold(k, "q") {
			q, err := strconv.ParseFloat(v, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
