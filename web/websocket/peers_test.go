// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
)

// python runs a script with Debian's Python, which has the library.
func python(t *testing.T, library, script string, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := os.Stat("/usr/lib/python3/dist-packages/" + library); err != nil || runtime.GOOS == "windows" { // wine shows the folders below it
		t.Skip("python3-" + library + " is not installed")
	}
	return exec.CommandContext(t.Context(), "/usr/bin/python3", append([]string{"-c", script}, args...)...)
}

const websocketsClient = `
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1], subprotocols=["b", "a"]) as ws:
        assert ws.subprotocol == "a", ws.subprotocol
        for text in ["hello", "x" * 100000, "\u00e9" * 1000, ""]:
            await ws.send(text)
            assert await ws.recv() == text
        await ws.send([b"a", b"b" * 70000])
        assert await ws.recv() == b"a" + b"b" * 70000
        await (await ws.ping())
        await ws.close(4000, "done")
    print("closed", ws.close_code)
asyncio.run(main())
`

const autobahnClient = `
import sys, txaio
txaio.use_twisted()
from autobahn.twisted.websocket import WebSocketClientProtocol, WebSocketClientFactory
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateResponse, PerMessageDeflateResponseAccept
from twisted.internet import reactor
class P(WebSocketClientProtocol):
    left = [("hello", False), ("x" * 100000, False), (b"\x00" * 70000, True)]
    def onOpen(self):
        self.step()
    def step(self):
        m, b = self.left[0]
        self.sendMessage(m if b else m.encode(), b)
    def onMessage(self, p, b):
        m, was = self.left.pop(0)
        assert b == was and p == (m if b else m.encode())
        self.step() if self.left else self.sendClose(1000, "done")
    def onClose(self, clean, code, reason):
        print("closed", code, clean)
        reactor.callLater(0, reactor.stop)
f = WebSocketClientFactory(sys.argv[1], protocols=["a"])
f.protocol = P
f.setProtocolOptions(perMessageCompressionOffers=[PerMessageDeflateOffer()], perMessageCompressionAccept=lambda r: PerMessageDeflateResponseAccept(r))
reactor.connectTCP("127.0.0.1", int(sys.argv[1].split(":")[2].split("/")[0]), f)
reactor.run()
`

// Clients of Python's.
func TestPythonClients(t *testing.T) {
	for library, script := range map[string]string{"websockets": websocketsClient, "autobahn": autobahnClient} {
		t.Run(library, func(t *testing.T) {
			s := serve(websocket.Func(echo), websocket.Config{Options: websocket.Options{Protocols: []string{"a"}}})
			_, addr := run(t, s, 1)
			out, err := python(t, library, script, "ws://"+addr+"/").CombinedOutput()
			if err != nil || !strings.Contains(string(out), "closed ") {
				t.Errorf("%v\n%s", err, out)
			}
			if st := s.Stats(); st.Violations+st.Limited+st.TimedOut+st.Panics > 0 || st.Opened != 1 {
				t.Errorf("%+v", st)
			}
		})
	}
}

const websocketsServer = `
import asyncio, websockets
async def echo(ws, *_):
    async for m in ws:
        await ws.send(m)
async def main():
    async with websockets.serve(echo, "127.0.0.1", 0, subprotocols=["a"], max_size=None) as s:
        print(s.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
`

const autobahnServer = `
import txaio
txaio.use_twisted()
from autobahn.twisted.websocket import WebSocketServerProtocol, WebSocketServerFactory
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept
from twisted.internet import reactor
class P(WebSocketServerProtocol):
    def onMessage(self, p, b):
        self.sendMessage(p, b)
f = WebSocketServerFactory(protocols=["a"])
f.protocol = P
f.setProtocolOptions(perMessageCompressionAccept=lambda offers: next((PerMessageDeflateOfferAccept(o) for o in offers if isinstance(o, PerMessageDeflateOffer)), None))
print(reactor.listenTCP(0, f, interface="127.0.0.1").getHost().port, flush=True)
reactor.run()
`

// Servers of Python's.
func TestPythonServers(t *testing.T) {
	for library, script := range map[string]string{"websockets": websocketsServer, "autobahn": autobahnServer} {
		t.Run(library, func(t *testing.T) {
			cmd := python(t, library, script)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Kill()
				cmd.Wait()
			}()
			port, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			r, _ := run(t, serve(websocket.Func(echo), websocket.Config{}), 1)
			long := strings.Repeat("\u00e9 and so on ", 10000)
			ended := make(chan *websocket.CloseError, 1) // one connection
			h := &talker{say: []string{"hello", long, "", "bye"}, ended: ended}
			ctx := t.Context()
			_, err = deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[*websocket.Conn] {
				agent, err := client.New(r, client.Config{Logger: quiet})
				if err != nil {
					return deferred.FailOn[*websocket.Conn](r, err)
				}
				return websocket.Dial(agent, "ws://127.0.0.1:"+strings.TrimSpace(port)+"/", h, websocket.DialConfig{Options: websocket.Options{Protocols: []string{"a"}}})
			})
			if err != nil {
				t.Fatal(err)
			}
			if e := <-ended; !e.Clean || e.Code != websocket.NormalClosure || len(h.say) > 0 || h.wrong != "" {
				t.Errorf("%v, %d are left, %.50q", e, len(h.say), h.wrong)
			}
		})
	}
}

// talker says one thing after the other, and expects them back.
type talker struct {
	websocket.Base
	say   []string
	wrong string
	ended chan *websocket.CloseError
}

func (h *talker) Open(c *websocket.Conn) { c.SendText(h.say[0]) }

func (h *talker) Message(c *websocket.Conn, kind websocket.Kind, p []byte) {
	if string(p) != h.say[0] || kind != websocket.Text {
		h.wrong = string(p)
	}
	if h.say = h.say[1:]; len(h.say) == 0 {
		c.Close(websocket.NormalClosure, "done")
		return
	}
	c.SendText(h.say[0])
}

func (h *talker) Close(_ *websocket.Conn, err *websocket.CloseError) { h.ended <- err }
