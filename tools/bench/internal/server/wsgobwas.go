// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bufio"
	"io"
	"net"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// gobwasEngine is the low level of gobwas/ws where that is faster.
var gobwasEngine = Engine{
	Name:  "gobwas-ws",
	About: "gobwas/ws v1.5.0: a goroutine for each connection; echo by its frames, with buffers; the room by wsutil, without",
	Works: []Work{WS, WSRoom},
	Why:   always,
	start: startGobwas,
}

func startGobwas(s Spec) (string, error) {
	l, err := listen(s)
	if err != nil {
		return "", err
	}
	serve := gobwasEcho
	if s.Work == WSRoom {
		members := new(room[net.Conn])
		serve = func(c net.Conn) { gobwasMember(c, members) }
	}
	go func() { // runs to the end of the process
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ends with its connection
				defer c.Close()
				if _, err := ws.Upgrade(c); err == nil {
					serve(c)
				}
			}()
		}
	}()
	return l.Addr().String(), nil
}

func gobwasEcho(c net.Conn) {
	r, w := bufio.NewReaderSize(c, 8<<10), bufio.NewWriterSize(c, 8<<10)
	var p []byte
	for {
		h, err := ws.ReadHeader(r)
		if err != nil {
			return
		}
		if int64(cap(p)) < h.Length {
			p = make([]byte, h.Length)
		}
		p = p[:h.Length]
		if _, err := io.ReadFull(r, p); err != nil {
			return
		}
		if h.Masked {
			ws.Cipher(p, h.Mask, 0)
		}
		switch h.OpCode {
		case ws.OpPing:
			h.OpCode = ws.OpPong
		case ws.OpPong:
			continue
		}
		h.Masked = false
		if ws.WriteHeader(w, h) != nil {
			return
		}
		w.Write(p) // Flush tells of an error
		if w.Flush() != nil || h.OpCode == ws.OpClose {
			return
		}
	}
}

func gobwasMember(c net.Conn, members *room[net.Conn]) {
	members.join(c)
	defer members.leave(c)
	for {
		p, op, err := wsutil.ReadClientData(c)
		if err != nil {
			return
		}
		frame, err := ws.CompileFrame(ws.NewFrame(op, true, p))
		if err != nil {
			return
		}
		members.each(func(c net.Conn) { c.Write(frame) }) // one that is gone is told by its Read
	}
}
