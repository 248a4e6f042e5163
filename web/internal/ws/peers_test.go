// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web/internal/ws"
)

// echoer is one end of a WebSocket by Python's websockets, with zlib below, between its standard input and output. It echoes messages, the longer ones in two fragments.
const echoer = `
import json, os, sys
from websockets.client import ClientConnection
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.frames import Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerConnection
from websockets.uri import parse_uri

options = json.loads(sys.argv[2])
if sys.argv[1] == "server":
    conn = ServerConnection(extensions=[ServerPerMessageDeflateFactory(**options)], max_size=None)
else:
    conn = ClientConnection(parse_uri("ws://localhost/"), extensions=[ClientPerMessageDeflateFactory(**options)], max_size=None)
    conn.send_request(conn.connect())

def flush():
    for data in conn.data_to_send():
        while data:
            data = data[os.write(1, data):]
        
flush()
message = b""
while True:
    data = os.read(0, 65536)
    if not data:
        break
    conn.receive_data(data)
    for event in conn.events_received():
        if isinstance(event, Request):
            conn.send_response(conn.accept(event))
        elif isinstance(event, Response):
            pass
        elif event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            if event.opcode is not Opcode.CONT:
                message, send = b"", conn.send_text if event.opcode is Opcode.TEXT else conn.send_binary
            message += event.data
            if event.fin:
                if len(message) > 1000:
                    send(message[:999], fin=False)
                    conn.send_continuation(message[999:], fin=True)
                else:
                    send(message)
    flush()
`

// netFields makes Fields of an http.Header.
type netFields http.Header

func (h netFields) Values(name string) iter.Seq[string] {
	return slices.Values(http.Header(h).Values(name))
}

// Both ends of Python's websockets, with all that can be negotiated: what we compress is inflated by zlib with no more of a window than agreed, and the other way round.
func TestPython(t *testing.T) {
	if _, err := os.Stat("/usr/lib/python3/dist-packages/websockets/extensions"); err != nil {
		t.Skip("no python3-websockets")
	}
	for _, tt := range []struct {
		theirs string
		ours   *ws.Compression
		want   string // as TestAccept has it, with us as the server; and with us as the client
		client string
	}{
		{"{}", &ws.Compression{}, "client 15 server 15", "client 15 server 15"},
		{"{}", &ws.Compression{SendTakeover: true, ReceiveTakeover: true}, "client 15+ server 15+", "client 15+ server 15+"},
		{`{"server_max_window_bits": 10, "client_max_window_bits": 11}`, &ws.Compression{SendTakeover: true, ReceiveTakeover: true}, "client 11+ server 10+", "client 11+ server 10+"},
		{`{"server_max_window_bits": 9, "client_max_window_bits": 9}`, &ws.Compression{SendTakeover: true, ReceiveTakeover: true, Level: 6}, "client 9+ server 9+", "client 9+ server 9+"},
		{`{"server_max_window_bits": 12, "client_max_window_bits": 12}`, &ws.Compression{}, "client 12 server 12", "client 12 server 12"},
		{`{"server_no_context_takeover": true}`, &ws.Compression{SendTakeover: true, ReceiveTakeover: true, Level: 1}, "client 15+ server 15", "client 15+ server 15"},
		{`{"client_no_context_takeover": true}`, &ws.Compression{SendTakeover: true, ReceiveTakeover: true, Level: 9}, "client 15 server 15+", "client 15 server 15+"},
	} {
		for _, role := range []ws.Role{ws.Server, ws.Client} {
			t.Run(fmt.Sprintf("%v of %s", role, tt.theirs), func(t *testing.T) {
				want := tt.want
				if role == ws.Client {
					want = tt.client
				}
				converse(t, role, tt.theirs, tt.ours, want)
			})
		}
	}
}

// converse is our end of a conversation.
func converse(t *testing.T, role ws.Role, theirs string, ours *ws.Compression, want string) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", "-c", echoer, (1 - role).String(), theirs)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("%v: %s", err, &stderr)
		}
	}()
	in := bufio.NewReader(stdout)
	p := handshake(t, role, in, stdin, ours)
	if got := show(p); got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	w, r := ws.NewWriter(role, ours, p), ws.NewReader(role, nil, p)
	buf := make([]byte, 4096)
	for i, n := range []int{0, 5, 200, 300, 300, 999, 5000, 70000, 300, 40000} {
		msg, op := corpus(n, uint64(i)), ws.Text
		if i%2 == 1 {
			op = ws.Binary
		}
		var out []byte
		if i%3 == 0 {
			out = w.AppendFragment(nil, op, msg[:n/2], false)
			out = w.AppendPing(out, nil)
			out = w.AppendFragment(out, op, msg[n/2:], true)
		} else {
			out = w.AppendMessage(nil, op, msg)
		}
		if _, err := stdin.Write(out); err != nil {
			t.Fatal(err)
		}
		for answered := false; !answered; {
			n, err := in.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			for b := buf[:n]; ; {
				ev, k, err := r.Next(b)
				if err != nil {
					t.Fatal(err)
				}
				if ev.Kind == ws.NoEvent {
					break
				}
				if ev.Kind == ws.MessageEvent {
					if answered = true; ev.Opcode != op || !bytes.Equal(ev.Data, msg) {
						t.Fatalf("message %d: %d bytes of %v came back as %d of %v", i, len(msg), op, len(ev.Data), ev.Opcode)
					}
				}
				b = b[k:]
			}
		}
	}
}

// handshake is the opening, and returns what was agreed.
func handshake(t *testing.T, role ws.Role, in *bufio.Reader, out io.Writer, c *ws.Compression) *ws.Params {
	t.Helper()
	if role == ws.Client {
		key := ws.NewKey()
		fmt.Fprintf(out, "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Extensions: %s\r\n\r\n", key, c.Offer())
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != 101 {
			t.Fatal(resp, err)
		}
		if err := ws.CheckResponse(netFields(resp.Header), key); err != nil {
			t.Fatal(err)
		}
		list, err := ws.ParseExtensions(netFields(resp.Header).Values("Sec-WebSocket-Extensions"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Confirm(list)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	req, err := http.ReadRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ws.CheckRequest(netFields(req.Header))
	if err != nil {
		t.Fatal(err)
	}
	list, err := ws.ParseExtensions(netFields(req.Header).Values("Sec-WebSocket-Extensions"))
	if err != nil {
		t.Fatal(err)
	}
	p, answer := c.Accept(list)
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Extensions: %s\r\n\r\n", ws.AcceptKey(key), answer)
	io.WriteString(out, b.String())
	return p
}
