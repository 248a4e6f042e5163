// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"net"

	"github.com/valyala/fasthttp"
)

// fasthttpEngine leaves fasthttp as it is: its advice for speed concerns several cores.
var fasthttpEngine = Engine{
	Name:  "fasthttp",
	About: "fasthttp v1.65.0, its defaults",
	Works: []Work{HTTP},
	Why:   always,
	start: startFasthttp,
}

func startFasthttp(Spec) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
	go s.Serve(l) // runs to the end of the process
	return l.Addr().String(), nil
}
