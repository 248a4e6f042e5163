// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgienv

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// A Var is one variable.
type Var struct{ Name, Value string }

// Options tell what a request does not.
type Options struct {
	// DocumentRoot is the directory that PATH_TRANSLATED and DOCUMENT_ROOT are made of; "" leaves them out.
	DocumentRoot string
	// Length is the length of the request's body in bytes, -1 if it is not known.
	Length int64
}

// ErrVariable is returned for a request with a NUL in its path: no variable can hold it.
var ErrVariable = errors.New("cgienv: a NUL byte in the path")

// Variables returns the variables of a request (RFC 3875 section 4.1): those that the standard names, those that everybody has (DOCUMENT_ROOT, HTTPS, REQUEST_SCHEME,
// REQUEST_URI, REMOTE_PORT, SERVER_ADDR), then HTTP_*. SCRIPT_NAME is the path that the tree of resources has consumed, PATH_INFO what is left, both decoded.
func Variables(r *web.Request, o Options) ([]Var, error) {
	script, info := joined(r.PrePath), joined(r.PostPath)
	if strings.IndexByte(script, 0) >= 0 || strings.IndexByte(info, 0) >= 0 {
		return nil, ErrVariable
	}
	vars := make([]Var, 0, 24+r.Header.Len())
	add := func(name, value string) { vars = append(vars, Var{name, value}) }
	add("GATEWAY_INTERFACE", "CGI/1.1")
	add("SERVER_SOFTWARE", "Torsion")
	add("SERVER_PROTOCOL", r.Proto)
	add("REQUEST_METHOD", r.Method)
	add("REQUEST_URI", r.URI)
	add("QUERY_STRING", r.Query)
	add("SCRIPT_NAME", script)
	add("PATH_INFO", info)
	if o.DocumentRoot != "" {
		add("DOCUMENT_ROOT", o.DocumentRoot)
		if info != "" {
			add("PATH_TRANSLATED", filepath.Join(o.DocumentRoot, filepath.FromSlash(path.Clean(info))))
		}
	}
	scheme, usual := "http", "80"
	if r.TLS() != nil {
		scheme, usual = "https", "443"
		add("HTTPS", "on")
	}
	add("REQUEST_SCHEME", scheme)
	addr, port := hostPort(r.LocalAddr())
	if addr != "" {
		add("SERVER_ADDR", addr)
	}
	name, named := splitHost(r.Host)
	if port == "" { // no network: what the client says is all there is
		port = usual
		if named != "" {
			port = named
		}
	}
	if name == "" {
		name = addr
	}
	if name == "" {
		name = "localhost"
	}
	add("SERVER_NAME", name)
	add("SERVER_PORT", port)
	addr, port = hostPort(r.RemoteAddr())
	add("REMOTE_ADDR", addr)
	if port != "" {
		add("REMOTE_PORT", port)
	}
	if o.Length > 0 || o.Length == 0 && r.Header.Has("Content-Length") {
		add("CONTENT_LENGTH", strconv.FormatInt(o.Length, 10))
	}
	if v := r.Header.Get("Content-Type"); v != "" {
		add("CONTENT_TYPE", v)
	}
	return appendFields(vars, r), nil
}

// appendFields appends the request's header as HTTP_*. Fields of one name are joined.
func appendFields(vars []Var, r *web.Request) []Var {
	own := len(vars)
	if r.Host != "" {
		vars = append(vars, Var{"HTTP_HOST", r.Host})
	}
fields:
	for k, v := range r.Header.All() {
		name, ok := variableName(k)
		if !ok {
			continue
		}
		for i := own; i < len(vars); i++ {
			if vars[i].Name != name {
				continue
			}
			switch name {
			case "HTTP_HOST":
			case "HTTP_COOKIE":
				vars[i].Value += "; " + v
			default:
				vars[i].Value += ", " + v
			}
			continue fields
		}
		vars = append(vars, Var{name, v})
	}
	return vars
}

// variableName returns the variable of a header field. Fields that describe the connection and not the request, that have a variable of their own, or that could be
// taken for another, have none.
func variableName(field string) (string, bool) {
	b := make([]byte, 0, 64)
	b = append(b, "HTTP_"...)
	for i := range len(field) {
		switch c := field[i]; {
		case 'a' <= c && c <= 'z':
			b = append(b, c-'a'+'A')
		case 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			b = append(b, c)
		case c == '-':
			b = append(b, '_')
		default:
			return "", false
		}
	}
	switch name := string(b); name {
	case "HTTP_PROXY", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_TRANSFER_ENCODING":
		return "", false
	default:
		return name, true
	}
}

func joined(segments []string) string {
	if len(segments) == 0 {
		return ""
	}
	return "/" + strings.Join(segments, "/")
}

// hostPort returns the parts of a network address; those of other kinds have none.
func hostPort(a net.Addr) (host, port string) {
	if p, ok := a.(protocol.Addr); ok && !p.AddrPort().IsValid() {
		return "", ""
	}
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return "", ""
	}
	return ap.Addr().Unmap().String(), strconv.Itoa(int(ap.Port()))
}

// splitHost takes a checked Host header apart.
func splitHost(h string) (name, port string) {
	i := strings.LastIndexByte(h, ':')
	if i < 0 || strings.HasSuffix(h, "]") {
		return h, ""
	}
	return h[:i], h[i+1:]
}

// With returns vars with those of more added, or in the place of others.
func With(vars []Var, more map[string]string) []Var {
	if len(more) == 0 {
		return vars
	}
	vars = slices.DeleteFunc(vars, func(v Var) bool { _, ok := more[v.Name]; return ok })
	for _, name := range slices.Sorted(maps.Keys(more)) {
		vars = append(vars, Var{name, more[name]})
	}
	return vars
}
