// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/lesismal/llib/std/crypto/tls"
	"github.com/lesismal/nbio"
	nbiotls "github.com/lesismal/nbio/extension/tls"
	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
)

// nbioEngine keeps nbio's defaults, level-triggered with buffers of 64 KiB, but for the executor of HTTP handlers: ours does not block, so it runs where the
// request was read instead of on a pool of goroutines.
var nbioEngine = Engine{
	Name:  "nbio",
	About: "nbio v1.6.12, its defaults; HTTP handlers run on the loop; TLS by its fork of crypto/tls",
	Works: []Work{TCP, TLS, HTTP},
	Why:   always,
	start: startNbio,
}

func startNbio(s Spec) (string, error) {
	logging.SetLevel(logging.LevelError) // its log goes to stdout
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	listen := func(string, string) (net.Listener, error) { return l, nil }
	if s.Work == HTTP {
		hello, length := []byte(Hello), strconv.Itoa(len(Hello))
		return addr, nbhttp.NewServer(nbhttp.Config{
			Network: "tcp", Addrs: []string{addr}, Listen: listen, NPoller: s.Loops, MaxLoad: 1 << 20,
			ServerExecutor: func(f func()) { f() },
			Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.Header().Set("Content-Length", length) // it would send chunks
				w.Write(hello)
			}),
		}).Start()
	}
	e := nbio.NewEngine(nbio.Config{Network: "tcp", Addrs: []string{addr}, Listen: listen, NPoller: s.Loops})
	if s.Work == TLS {
		if err := nbioTLS(e); err != nil {
			return "", err
		}
	} else {
		e.OnData(func(c *nbio.Conn, p []byte) { c.Write(p) })
	}
	return addr, e.Start()
}

func nbioTLS(e *nbio.Engine) error {
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	key := tls.Certificate{Certificate: cert.Certificate, PrivateKey: cert.PrivateKey}
	config := &tls.Config{Certificates: []tls.Certificate{key}}
	buffers := sync.Pool{New: func() any { b := make([]byte, 16<<10); return &b }}
	e.OnOpen(nbiotls.WrapOpen(config, false, nil))
	e.OnClose(nbiotls.WrapClose(func(_ *nbio.Conn, t *nbiotls.Conn, _ error) { t.Close() }))
	e.OnData(func(c *nbio.Conn, p []byte) {
		t, ok := c.Session().(*nbiotls.Conn)
		if !ok {
			c.CloseWithError(errors.New("no TLS session"))
			return
		}
		t.Append(p)
		buf := buffers.Get().(*[]byte)
		defer buffers.Put(buf)
		for {
			n, err := t.Read(*buf)
			if err != nil {
				c.CloseWithError(err)
				return
			}
			if n == 0 {
				return
			}
			t.Write((*buf)[:n])
		}
	})
	return nil
}
