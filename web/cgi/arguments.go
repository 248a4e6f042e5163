// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/cgienv"
)

// maxArguments is how many words of a query become arguments.
const maxArguments = 100

// arguments are what the program is started with.
func (h *Handler) arguments(r *web.Request, file string) []string {
	if by := h.cfg.Interpreters[filepath.Ext(file)]; len(by) > 0 {
		return append(append([]string{}, by...), file)
	}
	return append([]string{file}, indexed(r)...)
}

// indexed returns the words of an indexed query (RFC 3875 section 4.4): all of them, or none if there is one that could be taken for something else.
func indexed(r *web.Request) []string {
	if r.Query == "" || strings.Contains(r.Query, "=") || r.Method != "GET" && r.Method != "HEAD" {
		return nil
	}
	var words []string
	for word := range strings.SplitSeq(r.Query, "+") {
		w, err := url.PathUnescape(word)
		if err != nil || w == "" || w[0] == '-' || strings.IndexByte(w, 0) >= 0 || len(words) == maxArguments {
			return nil
		}
		words = append(words, w)
	}
	return words
}

// environment is the program's.
func (h *Handler) environment(r *web.Request, u *cgienv.Upload, file, path string) ([]string, error) {
	o := cgienv.Options{Length: u.Length}
	if h.dir {
		o.DocumentRoot = h.path
	}
	vars, err := cgienv.Variables(r, o)
	if err != nil {
		return nil, err
	}
	vars = append(vars, cgienv.Var{Name: "SCRIPT_FILENAME", Value: file}, cgienv.Var{Name: "REDIRECT_STATUS", Value: "200"}) // the second is PHP's proof that it is not called directly
	if h.cfg.Params != nil {
		vars = cgienv.With(vars, h.cfg.Params(r))
	}
	env := make([]string, 0, len(vars)+1+len(h.cfg.Env))
	env = append(env, "PATH="+path)
	env = append(env, h.cfg.Env...)
	for _, v := range vars {
		if strings.IndexByte(v.Value, 0) < 0 {
			env = append(env, v.Name+"="+v.Value)
		}
	}
	return env, nil
}
