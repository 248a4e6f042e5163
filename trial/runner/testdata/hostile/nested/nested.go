// Package nested has a hint.
// trial: test=./inner,../order.TestA
package nested
