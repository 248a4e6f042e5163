// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"context"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
)

// Run runs the conformance suite over reactors with the configuration that config returns, one reactor for each test. Everything goes over loopback sockets. Some
// tests run in a process of their own: they start the test binary again for the test that called Run.
func Run(t *testing.T, config func(t *testing.T) reactor.Config) {
	RunWith(t, config, func(ctx context.Context, r *reactor.Reactor) error { return r.Run(ctx) })
}

// RunWith is Run for reactors that are run in another way than by their method Run: inside of a host's main loop, for example. run takes its place: it returns when the
// reactor has stopped or crashed, with the errors of Run, and makes it stop when ctx ends. The reactor belongs to the calling goroutine, which changes from test to test.
func RunWith(t *testing.T, config func(t *testing.T) reactor.Config, run func(ctx context.Context, r *reactor.Reactor) error) {
	for _, tt := range []struct {
		name string
		test func(g *rig)
	}{
		{"LifeCycle", testLifeCycle},
		{"StopFinishesPass", testStopFinishesPass},
		{"ContextStops", testContextStops},
		{"CrashAndRunAgain", testCrash},
		{"Iterate", testIterate},
		{"Triggers", testTriggers},
		{"TriggerControl", testTriggerControl},
		{"TimerOrder", testTimerOrder},
		{"TimerControl", testTimerControl},
		{"PostOrder", testPostOrder},
		{"PostBeforeTimers", testPostBeforeTimers},
		{"ThreadPool", testThreadPool},
		{"PanicsAreContained", testPanics},
		{"Echo", testEcho},
		{"ManyConnections", testManyConnections},
		{"PushProducer", testPushProducer},
		{"PullProducer", testPullProducer},
		{"ProducerRules", testProducerRules},
		{"LoseConnectionFlushes", testLoseConnection},
		{"LoseConnectionWaitsForProducer", testLoseWithProducer},
		{"AbortConnection", testAbort},
		{"PeerCloses", testPeerCloses},
		{"PeerResets", testPeerResets},
		{"PeerAnswersAndCloses", testPeerAnswersAndCloses},
		{"PeerAnswersAndResets", testPeerAnswersAndResets},
		{"HalfClose", testHalfClose},
		{"PauseReading", testPauseReading},
		{"Overflow", testOverflow},
		{"Options", testOptions},
		{"Interpose", testInterpose},
		{"Listen", testListen},
		{"RefusedByFactory", testNoProtocol},
		{"MaxConnections", testMaxConnections},
		{"ConnectFails", testConnectFails},
		{"ConnectCancel", testConnectCancel},
		{"ClientFactory", testClientFactory},
		{"StopFlushes", testStopFlushes},
		{"StopGrace", testStopGrace},
		{"UDP", testUDP},
		{"UDPConnected", testUDPConnected},
		{"Multicast", testMulticast},
		{"UNIX", testUNIX},
		{"UNIXLock", testUNIXLock},
		{"UNIXDatagram", testUNIXDatagram},
		{"Descriptors", testDescriptors},
		{"DescriptorOverrun", testDescriptorOverrun},
		{"AdoptPort", testAdoptPort},
		{"AdoptConnection", testAdoptConnection},
		{"AdoptDatagramPort", testAdoptDatagramPort},
		{"Watch", testWatch},
		{"Signal", testSignal},
		{"OutOfDescriptors", testOutOfDescriptors},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(newRig(t, config(t), run)) })
	}
}
