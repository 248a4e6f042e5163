// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"strconv"

	"github.com/valyala/fasthttp"
)

// fasthttpEngine leaves fasthttp as it is: its advice for speed concerns several cores.
var fasthttpEngine = Engine{
	Name:  "fasthttp",
	About: "fasthttp v1.65.0, its defaults",
	Works: []Work{HTTP, Site, HTTPS},
	Why:   always,
	start: startFasthttp,
}

func startFasthttp(spec Spec) (string, error) {
	l, err := listen(spec)
	if err != nil {
		return "", err
	}
	s := &fasthttp.Server{
		Name: "fasthttp",
		Handler: func(c *fasthttp.RequestCtx) {
			c.SetContentType("text/plain")
			c.SetBodyString(Hello)
		},
	}
	if spec.Work.serves() {
		hello, files := s.Handler, (&fasthttp.FS{Root: spec.Dir}).NewRequestHandler()
		s.Handler = func(c *fasthttp.RequestCtx) {
			switch string(c.Path()) {
			case "/":
				hello(c)
			case "/json":
				c.SetContentType("application/json")
				c.SetBodyString(JSON)
			case "/post":
				c.SetContentType("text/plain")
				c.SetBodyString(strconv.Itoa(len(c.PostBody())))
			default:
				files(c)
			}
		}
	}
	go s.Serve(l) // runs to the end of the process
	return l.Addr().String(), nil
}
