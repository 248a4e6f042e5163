// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rewrite

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// A Rule may change r.PostPath, by giving it another slice, or anything else of the request.
type Rule func(r *web.Request)

// New returns a Leaf that runs the rules, in their order, and has next answer. Twisted: RewriterResource.
func New(next web.Resource, rules ...Rule) web.Leaf {
	return &rewriter{next, slices.Clone(rules)}
}

type rewriter struct {
	next  web.Resource
	rules []Rule
}

// IsLeaf returns true.
func (*rewriter) IsLeaf() bool { return true }

// Render runs the rules.
func (w *rewriter) Render(r *web.Request) {
	before := r.PostPath
	for _, rule := range w.rules {
		rule(r)
	}
	if !slices.Equal(before, r.PostPath) {
		if slices.ContainsFunc(r.PostPath, func(s string) bool { return s == "." || s == ".." || strings.IndexByte(s, 0) >= 0 }) {
			r.Error(400, "")
			return
		}
		r.Path = quoted(r.PrePath, r.PostPath)
	}
	web.Dispatch(w.next, r)
}

// quoted returns the path with these segments, percent-encoded.
func quoted(lists ...[]string) string {
	var b strings.Builder
	for _, l := range lists {
		for _, s := range l {
			b.WriteByte('/')
			b.WriteString(url.PathEscape(s))
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// Alias has the paths at and below from looked up at and below to. Both are paths relative to the rewriting resource, percent-encoded; slashes around them do not matter. It panics
// if they are malformed. Twisted: alias.
func Alias(from, to string) Rule {
	a, b := segments(from), segments(to)
	return func(r *web.Request) {
		if len(r.PostPath) >= len(a) && slices.Equal(r.PostPath[:len(a)], a) {
			r.PostPath = slices.Concat(b, r.PostPath[len(a):])
		}
	}
}

func segments(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	list, err := unquoted(path)
	if err != nil {
		panic("rewrite: " + err.Error())
	}
	return list
}

func unquoted(path string) ([]string, error) {
	list := strings.Split(path, "/")
	for i, s := range list {
		var err error
		if list[i], err = url.PathUnescape(s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// TildeToUsers has /~name looked up as /users/name. Twisted: tildeToUsers.
func TildeToUsers(r *web.Request) {
	if len(r.PostPath) == 0 {
		return
	}
	if name, ok := strings.CutPrefix(r.PostPath[0], "~"); ok && name != "" {
		r.PostPath = slices.Concat([]string{"users", name}, r.PostPath[1:])
	}
}

// Regexp replaces what pattern, in the syntax of package regexp, finds in the path by replacement, in which $1 stands for what its first group has found. The path is what is left to look up,
// without a slash at the front and percent-encoded as url.PathEscape does, so that an encoded slash is %2F there. Percent-encoding that the replacement breaks leaves the path as
// it was. It panics if pattern is malformed. Matching takes a time that grows with the path's length only.
func Regexp(pattern, replacement string) Rule {
	re := regexp.MustCompile(pattern)
	return func(r *web.Request) {
		path := strings.TrimPrefix(quoted(r.PostPath), "/")
		if !re.MatchString(path) {
			return
		}
		if list, err := unquoted(strings.TrimPrefix(re.ReplaceAllString(path, replacement), "/")); err == nil {
			r.PostPath = list
		}
	}
}
