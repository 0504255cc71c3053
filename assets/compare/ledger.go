// Adds up the lines of a ledger, twice: as it was, and as it is after three changes.
//
//	go build -trimpath ledger.go
//	export GODEBUG=asyncpreemptoff=1 GOMAXPROCS=1   # a busy machine leaves no marks
//	./ledger before.pb.gz
//	./ledger -after after.pb.gz
//
// What changed: fold is slower, audit with drain below it is gone, seal is new. Each run does the
// same work otherwise. The profiles here were recorded so.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
)

var (
	after = flag.Bool("after", false, "with the changes")
	sink  uint64
)

//go:noinline
func mix(n int, seed uint64) uint64 {
	for i := 0; i < n; i++ {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
	}
	return seed
}

//go:noinline
func scan(seed uint64) uint64 {
	for i := 0; i < 700; i++ {
		seed = seed*6364136223846793005 + 1442695040888963407
	}
	return seed
}

//go:noinline
func split(seed uint64) uint64 {
	for i := 0; i < 400; i++ {
		seed = seed*31 + seed>>3
	}
	return seed
}

//go:noinline
func fold(seed uint64) uint64 {
	n := 500
	if *after {
		n = 1300
	}
	for i := 0; i < n; i++ {
		seed = seed*16777619 ^ uint64(i)
	}
	return seed
}

//go:noinline
func audit(seed uint64) uint64 { return drain(350, seed) }

//go:noinline
func drain(n int, seed uint64) uint64 {
	for i := 0; i < n; i++ {
		seed ^= seed<<9 ^ seed>>5
	}
	return seed
}

//go:noinline
func seal(seed uint64) uint64 {
	for i := 0; i < 450; i++ {
		seed = seed<<7 ^ seed>>57 ^ uint64(i)*2654435761
	}
	return seed
}

//go:noinline
func read(seed uint64) uint64 { return split(scan(seed)) }

//go:noinline
func post(seed uint64) uint64 {
	seed = mix(150, fold(seed))
	if *after {
		return seal(seed)
	}
	return audit(seed)
}

//go:noinline
func print(seed uint64) uint64 { return mix(260, seed) }

//go:noinline
func day(seed uint64) uint64 {
	for line := 0; line < 1000; line++ {
		seed = print(post(read(seed)))
	}
	return seed
}

func main() {
	flag.Parse()
	file, err := os.Create(flag.Arg(0))
	if err != nil {
		panic(err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		panic(err)
	}
	for i := 0; i < 2400; i++ {
		sink = day(sink + uint64(i))
	}
	pprof.StopCPUProfile()
	if err := file.Close(); err != nil {
		panic(err)
	}
	fmt.Println(sink)
}
