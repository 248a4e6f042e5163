// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package client

import (
	"io"
	"net/http"
)

var netHTTP = Engine{
	Name:  "net/http",
	About: "Go's net/http: a goroutine for each connection, a Request for all that it sends; io.ReadAll",
	Works: []Work{HTTP, HTTPS, HTTP2},
	Why:   always,
	start: startNetHTTP,
}

func startNetHTTP(s Spec, t *tally) error {
	transport := &http.Transport{MaxConnsPerHost: s.Conns, MaxIdleConnsPerHost: s.Conns, DisableCompression: true, TLSClientConfig: clientTLS(), Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(s.Work != HTTP2)
	transport.Protocols.SetUnencryptedHTTP2(s.Work == HTTP2)
	if s.Work == HTTP2 {
		transport.MaxConnsPerHost = 1
	}
	c := &http.Client{Transport: transport}
	for range s.Conns {
		r, err := http.NewRequest(http.MethodGet, s.URL(), nil)
		if err != nil {
			return err
		}
		go func() { // runs to the end of the process
			for {
				resp, err := c.Do(r)
				if err != nil {
					t.fail(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close() // of what was read to its end
				if !t.add(resp.StatusCode, body, err) {
					return
				}
			}
		}()
	}
	return nil
}
