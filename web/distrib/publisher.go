// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// SocketName is the name of the socket in a user's home directory. Twisted: .twistd-web-pb.
const SocketName = ".torsion-web"

// A Publisher serves Root to a process in front. Only Root is needed; immutable after start. Twisted: ResourcePublisher, makePersonalServerFactory.
type Publisher struct {
	Root web.Resource
	// Path is that of the UNIX socket; "" means SocketName in the home directory.
	Path string
	// Mode is the permission of the socket; 0 means 0600, for a process in front of the same user, or root. Nobody else may be able to write to the directory that it is in.
	Mode fs.FileMode
	// UIDs are the users whose processes may connect, beside this one's and root; nil means no others. Linux only: elsewhere Mode decides alone. -1 means any.
	UIDs []int
	// Trusted are the addresses of processes in front, for [Publisher.Site] over TCP; nil means none. Others are not served.
	Trusted []netip.Prefix
	// Config is the site's; its Proxies are the Publisher's matter.
	Config web.Config
}

// Site returns the site that is published, for [Publisher.Server], or for endpoints other than a UNIX socket of the owner's: a TCP port on a private network. It answers to nobody but Trusted there; at
// UNIX sockets, to whoever can connect.
func (p *Publisher) Site() *web.Site {
	config := p.Config
	config.Proxies = web.Proxies{Trusted: p.Trusted, Unix: true}
	return web.NewSite(&published{p.Root, slices.Clone(p.Trusted)}, config)
}

// Listen opens the socket, for a site of its own. A socket whose owner has died is replaced. It fails if others than the owner could replace the socket. Loop only.
func (p *Publisher) Listen(r endpoint.Reactor) *deferred.Deferred[endpoint.Port] {
	return p.Server(r).Listen(p.Site())
}

// Server returns the socket as an endpoint that lets in who may connect, for the site from [Publisher.Site] and a service that drains it: service.NewStreamServer(r, p.Server(r), p.Site(), ...). Its
// Listen fails as that of the Publisher.
func (p *Publisher) Server(r endpoint.Reactor) endpoint.Server {
	return &socketServer{r: r, path: p.Path, mode: cmp.Or(p.Mode, 0o600), uids: slices.Clone(p.UIDs)}
}

// A socketServer is a UNIX socket that only some users' processes can connect to, in a directory where nobody else can replace it.
type socketServer struct {
	r    endpoint.Reactor
	path string // "" means SocketName in the home directory
	mode fs.FileMode
	uids []int // beside this one's and root
}

// Listen opens the socket.
func (s *socketServer) Listen(f protocol.Factory) *deferred.Deferred[endpoint.Port] {
	path := s.path
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return deferred.FailOn[endpoint.Port](s.r, fmt.Errorf("distrib: no home directory for the socket: %w", err))
		}
		path = filepath.Join(home, SocketName)
	}
	if err := checkDir(filepath.Dir(path)); err != nil {
		return deferred.FailOn[endpoint.Port](s.r, err)
	}
	server := &endpoint.UNIXServer{Reactor: s.r, Path: path, Mode: s.mode, LockFile: true}
	return server.Listen(&guarded{f, append([]int{os.Geteuid(), 0}, s.uids...)})
}

// checkDir reports a directory in which others could put a socket of their own in the place of ours.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("distrib: %w", err)
	}
	if perm := info.Mode(); perm&0o022 != 0 && perm&fs.ModeSticky == 0 {
		return fmt.Errorf("distrib: others may write to %s (%v), and so could replace the socket: chmod go-w %[1]s", dir, perm)
	}
	if uid, ok := ownerOf(info); ok && uid != os.Geteuid() && uid != 0 {
		return fmt.Errorf("distrib: %s belongs to the user %d, who could replace the socket", dir, uid)
	}
	return nil
}

// published is what the process in front sees.
type published struct {
	root    web.Resource
	trusted []netip.Prefix
}

func (p *published) IsLeaf() bool { return true }

func (p *published) Render(r *web.Request) {
	peer := protocol.FromNetAddr(r.RemoteAddr()).AddrPort().Addr().Unmap()
	if peer.IsValid() && !slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(peer) }) {
		r.Error(403, "")
		return
	}
	takeUser(r)
	web.Dispatch(p.root, r)
}
