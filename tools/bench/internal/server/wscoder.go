// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"context"
	"io"
	"net/http"

	"github.com/coder/websocket"
)

var coderEngine = Engine{
	Name:  "coder-ws",
	About: "coder/websocket v1.8.15 over net/http: a goroutine for each connection, which reads into a buffer of its own in echo",
	Works: []Work{WS, WSRoom},
	Why:   always,
	start: startCoder,
}

func startCoder(s Spec) (string, error) {
	l, err := listen(s)
	if err != nil {
		return "", err
	}
	serve := coderEcho
	if s.Work == WSRoom {
		members := new(room[*websocket.Conn])
		serve = func(c *websocket.Conn) { coderMember(c, members) }
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
		if err != nil {
			return // it has answered
		}
		defer c.CloseNow()
		serve(c)
	})}
	go server.Serve(l) // runs to the end of the process
	return l.Addr().String(), nil
}

func coderEcho(c *websocket.Conn) {
	ctx, buf := context.Background(), make([]byte, 0, 512)
	for {
		kind, r, err := c.Reader(ctx)
		if err != nil {
			return
		}
		if buf, err = appendAll(buf[:0], r); err != nil {
			return
		}
		if c.Write(ctx, kind, buf) != nil {
			return
		}
	}
}

// appendAll is io.ReadAll with a buffer.
func appendAll(p []byte, r io.Reader) ([]byte, error) {
	for {
		if len(p) == cap(p) {
			p = append(p, 0)[:len(p)]
		}
		n, err := r.Read(p[len(p):cap(p)])
		p = p[:len(p)+n]
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			return p, err
		}
	}
}

func coderMember(c *websocket.Conn, members *room[*websocket.Conn]) {
	members.join(c)
	defer members.leave(c)
	ctx := context.Background()
	for {
		kind, p, err := c.Read(ctx)
		if err != nil {
			return
		}
		members.each(func(c *websocket.Conn) { c.Write(ctx, kind, p) }) // one that is gone is told by its Read
	}
}
