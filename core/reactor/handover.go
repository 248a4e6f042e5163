// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
)

// A Handover is a copy of a reactor's open listening and datagram sockets, for a successor of this process.
type Handover struct {
	// Sockets holds a duplicate of each, in the order in which the ports were opened. They belong to the Handover. Not to be changed.
	Sockets []Socket

	r     *Reactor
	ports []handed
}

// handed is a port of which there are duplicates. leave says that it is not alone any more and returns its file, or nil.
type handed struct {
	loop  *Loop
	leave func() *socketFile
}

// A copied is a Socket with its place in the order.
type copied struct {
	Socket
	loop int // -1 for the port's own
}

// HandOver returns duplicates of the reactor's listening sockets, of all loops: those of TCP and UNIX ports, UDP and UNIX datagram ports. Left out are connected
// datagram ports. The ports go on as they are: Done tells that a successor serves on the sockets, Close gives up. On systems without descriptors to pass on the error is
// errors.ErrUnsupported. Loop only.
func (r *Reactor) HandOver() *deferred.Deferred[*Handover] {
	loopcheck.Check(r.Loop, "reactor: HandOver")
	if !passesDescriptors {
		return deferred.FailOn[*Handover](r.Loop, fmt.Errorf("reactor: HandOver on %s: %w", runtime.GOOS, errors.ErrUnsupported))
	}
	if r.stopping || r.ended() {
		return deferred.FailOn[*Handover](r.Loop, ErrNotRunning)
	}
	d := deferred.New[*Handover](r.Loop)
	h := &Handover{r: r}
	var all []copied
	var failed error
	loops := r.Loops()
	left := len(loops)
	for _, l := range loops {
		l.CallFromThread(func() {
			sockets, ports, err := l.copySockets()
			r.CallFromThread(func() {
				all, h.ports, failed = append(all, sockets...), append(h.ports, ports...), errors.Join(failed, err)
				if left--; left > 0 {
					return
				}
				slices.SortFunc(all, func(a, b copied) int { return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.loop, b.loop)) })
				for _, s := range all {
					h.Sockets = append(h.Sockets, s.Socket)
				}
				if failed != nil {
					h.Close()
					d.Errback(failed)
					return
				}
				d.Callback(h)
			})
		})
	}
	return d
}

// copySockets duplicates what listens on this loop.
func (l *Loop) copySockets() (sockets []copied, ports []handed, err error) {
	add := func(control func(func(fd uintptr)) error, network, address string, number uint64, adopted, loop int) {
		s := Socket{Network: network, Address: address, Port: number}
		if adopted >= 0 {
			s.Network, s.Address = "fd", strconv.Itoa(adopted)
		}
		var failed error
		e := control(func(fd uintptr) { s.FD, failed = duplicate(int(fd)) })
		if e = errors.Join(e, failed); e != nil {
			err = errors.Join(err, e)
			return
		}
		sockets = append(sockets, copied{s, loop})
	}
	for res := range l.resources {
		switch p := res.(type) {
		case *Port:
			add(p.acceptors[0].listener.Control, p.cfg.Network, p.cfg.Address, p.acceptors[0].number, p.adoptedFD(), -1)
			ports = append(ports, handed{l, p.leave})
		case *acceptor:
			add(p.listener.Control, p.port.cfg.Network, p.port.cfg.Address, p.number, -1, l.index)
		case *DatagramPort:
			if p.packet == nil || p.remote.IsValid() || p.address == "" && p.adopted < 0 {
				continue
			}
			add(p.packet.Control, p.network, p.address, p.number, p.adopted, -1)
			ports = append(ports, handed{l, p.leave})
		}
	}
	return sockets, ports, err
}

func (p *Port) leave() *socketFile {
	if !p.Listening() {
		return nil // it was closed meanwhile
	}
	p.handed.Store(true)
	return p.file
}

func (d *DatagramPort) leave() *socketFile {
	if d.handed = d.packet != nil; !d.handed {
		return nil
	}
	return d.file
}

// adoptedFD returns the number that the port's socket was adopted by, -1 if it was not.
func (p *Port) adoptedFD() int {
	if p.cfg.AdoptFD == 0 {
		return -1
	}
	return p.fd
}

// Done tells that the process pid serves on the sockets now: the files of UNIX sockets stay when the ports close, their locks pass to it, and what a port has accepted
// by then is still served. The ports accept until they are closed, which is the caller's to do. The duplicates are closed. Loop only, of the main loop.
func (h *Handover) Done(pid int) {
	loopcheck.Check(h.r.Loop, "reactor: Handover.Done")
	for _, p := range h.ports {
		pass := func() {
			if f := p.leave(); f != nil {
				if err := f.pass(pid); err != nil {
					h.r.log.Warn("reactor: cannot pass a lock on to the successor", "path", f.path, "successor", pid, "error", err)
				}
			}
		}
		if p.loop == h.r.Loop || h.r.alone() {
			pass()
		} else {
			p.loop.CallFromThread(pass)
		}
	}
	h.Close()
}

// Close closes the duplicates. More than once is once. Loop only, of the main loop.
func (h *Handover) Close() {
	for _, s := range h.Sockets {
		closeDescriptor(s.FD)
	}
	h.Sockets, h.ports = nil, nil
}
