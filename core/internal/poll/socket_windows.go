// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"sync"

	"golang.org/x/sys/windows"
)

// homes tells for dialed sockets that are under no poller's care to whose port they are bound: *iocp by windows.Handle.
var homes sync.Map

func closeFD(fd int) error {
	homes.Delete(windows.Handle(fd))
	return sysError("closesocket", windows.Closesocket(windows.Handle(fd)))
}
