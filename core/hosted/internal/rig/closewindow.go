// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rig

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// CloseWindow asks a window to close, as a window manager does when its close button is pressed: by WM_DELETE_WINDOW (ICCCM, section 4.2.8.1). It speaks
// X11 itself: xdotool can do that from version 3.20210804 on only.
func (d *Display) CloseWindow(window uint32) error {
	c, err := net.Dial("unix", "/tmp/.X11-unix/X"+strings.TrimPrefix(d.Name, ":"))
	if err != nil {
		return err
	}
	defer c.Close()
	x := xconn{c}
	if err := x.hello(); err != nil {
		return fmt.Errorf("X11: %w", err)
	}
	protocols, err := x.atom("WM_PROTOCOLS")
	if err != nil {
		return err
	}
	remove, err := x.atom("WM_DELETE_WINDOW")
	if err != nil {
		return err
	}
	return x.sendClientMessage(window, protocols, remove)
}

// The requests of the X11 core protocol that it takes.
const (
	opInternAtom    = 16
	opSendEvent     = 25
	opGetInputFocus = 43
	clientMessage   = 33
)

var le = binary.LittleEndian

type xconn struct{ net.Conn }

func (x xconn) hello() error {
	if _, err := x.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil { // version 11.0, no authorization
		return err
	}
	var head [8]byte
	if _, err := io.ReadFull(x, head[:]); err != nil {
		return err
	}
	rest := make([]byte, 4*int(le.Uint16(head[6:])))
	if _, err := io.ReadFull(x, rest); err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("the server refuses: %q", rest)
	}
	return nil
}

// reply sends a request and reads its answer.
func (x xconn) reply(request []byte) ([]byte, error) {
	if _, err := x.Write(request); err != nil {
		return nil, err
	}
	answer := make([]byte, 32)
	if _, err := io.ReadFull(x, answer); err != nil {
		return nil, err
	}
	if answer[0] != 1 {
		return nil, fmt.Errorf("X11: error %d", answer[1])
	}
	return answer, nil
}

func (x xconn) atom(name string) (uint32, error) {
	padded := (len(name) + 3) / 4 * 4
	b := make([]byte, 8+padded)
	b[0] = opInternAtom
	le.PutUint16(b[2:], uint16(len(b)/4))
	le.PutUint16(b[4:], uint16(len(name)))
	copy(b[8:], name)
	answer, err := x.reply(b)
	if err != nil {
		return 0, err
	}
	return le.Uint32(answer[8:]), nil
}

func (x xconn) sendClientMessage(window, kind, value uint32) error {
	b := make([]byte, 44)
	b[0] = opSendEvent
	le.PutUint16(b[2:], uint16(len(b)/4))
	le.PutUint32(b[4:], window)
	event := b[12:]
	event[0], event[1] = clientMessage, 32
	le.PutUint32(event[4:], window)
	le.PutUint32(event[8:], kind)
	le.PutUint32(event[12:], value)
	if _, err := x.Write(b); err != nil {
		return err
	}
	if _, err := x.reply([]byte{opGetInputFocus, 0, 1, 0}); err != nil { // what was sent before is done then, or its error comes first
		return errors.Join(fmt.Errorf("X11: window %#x cannot be asked to close", window), err)
	}
	return nil
}
