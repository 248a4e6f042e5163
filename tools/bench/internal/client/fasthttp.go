// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package client

import "github.com/valyala/fasthttp"

var fastHTTP = Engine{
	Name:  "fasthttp",
	About: "fasthttp v1.65.0's HostClient: a goroutine for each connection, a Request and a Response for all that it sends",
	Works: []Work{HTTP, HTTPS},
	Why:   always,
	start: startFastHTTP,
}

func startFastHTTP(s Spec, t *tally) error {
	c := &fasthttp.HostClient{Addr: s.Addr, MaxConns: s.Conns, IsTLS: s.Work == HTTPS, TLSConfig: clientTLS()}
	for range s.Conns {
		go func() { // runs to the end of the process
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			req.SetRequestURI(s.URL())
			for {
				err := c.Do(req, resp)
				if !t.add(resp.StatusCode(), resp.Body(), err) {
					return
				}
			}
		}()
	}
	return nil
}
