package nested

import "testing"

func TestOuter(t *testing.T) {}
