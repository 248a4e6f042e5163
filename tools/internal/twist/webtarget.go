// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/usage"
)

// A target is something to serve.
type target struct {
	option   string // that named it, as the user writes it
	kind     string // path, user, wsgi, cgi, fastcgi, scgi or proxy
	argument string
}

// A mount is targets below a prefix: one, or several of kind proxy.
type mount struct {
	prefix  []string // segments, decoded
	targets []target
}

// kinds are the types of --mount.
var kinds = []string{"path", "user", "wsgi", "cgi", "fastcgi", "scgi", "proxy"}

// root1 declares an option that names what is served at /.
func (w *webOptions) root1(o *usage.Options, kind, doc, metavar string) *usage.Option {
	short := ""
	if kind == "path" {
		short = "p"
	}
	forget := func() { w.root = slices.DeleteFunc(w.root, func(t target) bool { return t.kind == kind }) }
	opt := o.Var(&repeated{reset: forget, set: func(text string) error {
		if kind != "proxy" { // of which there may be several
			forget()
		}
		t := target{"--" + kind, kind, text}
		w.root = append(w.root, t)
		return t.check()
	}}, kind, short, doc)
	opt.Metavar, opt.Repeated = metavar, kind == "proxy"
	return opt
}

// A repeated is the value of an option that may be given several times.
type repeated struct {
	set   func(text string) error
	reset func() // forgets what a lesser source gave
}

// Set takes one of them.
func (v *repeated) Set(text string) error { return v.set(text) }

// String returns nothing: there is no default.
func (*repeated) String() string { return "" }

// Reset forgets them.
func (v *repeated) Reset() { v.reset() }

// addMount takes PREFIX=TYPE:ARGUMENT.
func (w *webOptions) addMount(text string) error {
	prefix, what, ok := strings.Cut(text, "=")
	kind, argument, typed := strings.Cut(what, ":")
	switch {
	case !ok || !strings.HasPrefix(prefix, "/") || !typed:
		return fmt.Errorf("%q is not PREFIX=TYPE:ARGUMENT, as /app=wsgi:shop:app", text)
	case !slices.Contains(kinds, kind):
		if near := usage.Nearest(kind, kinds); near != "" {
			return fmt.Errorf("there is no type %q: did you mean %s?", kind, near)
		}
		return fmt.Errorf("there is no type %q, but %s", kind, strings.Join(kinds, ", "))
	}
	t := target{"--mount", kind, argument}
	if err := t.check(); err != nil {
		return fmt.Errorf("%s: %w", prefix, err)
	}
	var segments []string
	for s := range strings.SplitSeq(strings.Trim(prefix, "/"), "/") {
		segment, err := url.PathUnescape(s)
		if err != nil || segment == "." || segment == ".." || s == "" && prefix != "/" {
			return fmt.Errorf("%q is no path that a request can have", prefix)
		}
		if s != "" {
			segments = append(segments, segment)
		}
	}
	for i := range w.mounts {
		if m := &w.mounts[i]; slices.Equal(m.prefix, segments) {
			if kind != "proxy" || m.targets[0].kind != "proxy" {
				return fmt.Errorf("%s is taken by %s:%s", prefix, m.targets[0].kind, m.targets[0].argument)
			}
			m.targets = append(m.targets, t)
			return nil
		}
	}
	w.mounts = append(w.mounts, mount{segments, []target{t}})
	return nil
}

// check finds what is wrong with the argument without looking at files and networks.
func (t target) check() error {
	if t.argument == "" {
		return fmt.Errorf("what follows %s is missing", t.kind)
	}
	if t.kind == "proxy" {
		_, _, err := upstreamOf(t.argument)
		return err
	}
	return nil
}

// served reports whether something of a kind is served.
func (w *webOptions) served(kind string) bool {
	is := func(t target) bool { return t.kind == kind }
	return slices.ContainsFunc(w.root, is) || slices.ContainsFunc(w.mounts, func(m mount) bool { return is(m.targets[0]) })
}

// check finds options that do not go together.
func (w *webOptions) check(o *usage.Options) error {
	if err := w.listen.check(); err != nil {
		return err
	}
	if w.user {
		w.root = append(w.root, target{"--user", "user", "public_html"})
	}
	if w.metrics != "" && (len(w.metrics) < 2 || w.metrics[0] != '/') {
		return usage.Errorf("--metrics", "%q is no path such as /metrics", w.metrics)
	}
	for _, m := range w.mounts {
		if len(m.prefix) == 0 && len(w.root) > 0 {
			return usage.Errorf("--mount", "/ is taken by %s", w.root[0].option)
		}
	}
	for _, t := range w.root {
		if first := w.root[0]; t.kind != first.kind {
			return usage.Errorf(t.option, "%s is at / already: leave either away, or say --mount PREFIX=%s:%s", first.option, t.kind, t.argument)
		}
	}
	for opt := range o.Each() {
		if !opt.Given() {
			continue
		}
		if kind, ok := optionsOf[opt.Long]; ok && !w.served(kind) {
			return usage.Errorf("--"+opt.Long, "is for --%s, which is not there", kind)
		}
	}
	if len(w.root) == 0 && len(w.mounts) == 0 {
		w.root = []target{{"--path", "path", "."}}
	}
	return w.auth.check(o)
}

// optionsOf tells what options are for.
var optionsOf = map[string]string{
	"index": "path", "mime-type": "path", "ignore-ext": "path", "allow-ignore-ext": "path", "processor": "path", "no-listing": "path", "dotfiles": "path", "cache-control": "path",
	"open-files":   "path",
	"wsgi-workers": "wsgi", "wsgi-threads": "wsgi", "wsgi-dir": "wsgi", "python": "wsgi", "virtualenv": "wsgi",
	"proxy-balance": "proxy", "proxy-check": "proxy", "proxy-preserve-host": "proxy",
}
