// The workload of demo.pb.gz: an "almanac" of requests of four kinds (import, search, archive, chart), each under
// pprof labels. go build -trimpath -o almanac demo.go && GODEBUG=asyncpreemptoff=1 ./almanac demo.pb.gz
package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"sort"
	"strings"
	"sync"
	"text/template"
	"time"
)

type Entry struct {
	Day   int               `json:"day"`
	Place string            `json:"place"`
	Notes []string          `json:"notes"`
	Tides map[string]string `json:"tides,omitempty"`
	Sub   []*Entry          `json:"sub,omitempty"`
}

var places = []string{"harbour", "north mole", "lighthouse", "old quay", "salt marsh", "ferry steps"}

func makeEntry(r *rand.Rand, depth int) *Entry {
	e := &Entry{Day: r.Intn(366), Place: places[r.Intn(len(places))], Tides: map[string]string{}}
	for i := 0; i < 4; i++ {
		e.Notes = append(e.Notes, fmt.Sprintf("%s wind %d kn, swell %.1f m", places[r.Intn(len(places))], r.Intn(40), r.Float64()*4))
		e.Tides[fmt.Sprintf("%02d:%02d", r.Intn(24), r.Intn(60))] = fmt.Sprintf("%.2f m", r.Float64()*6)
	}
	for i := 0; i < 3 && depth > 0; i++ {
		e.Sub = append(e.Sub, makeEntry(r, depth-1))
	}
	return e
}

func (e *Entry) Walk(visit func(*Entry)) {
	visit(e)
	for _, s := range e.Sub {
		s.Walk(visit)
	}
}

func handleImport(r *rand.Rand) {
	b, err := json.Marshal(makeEntry(r, 5))
	if err != nil {
		panic(err)
	}
	var back Entry
	if err := json.Unmarshal(b, &back); err != nil {
		panic(err)
	}
	var all []*Entry
	back.Walk(func(e *Entry) { all = append(all, e) })
	sort.Slice(all, func(i, j int) bool {
		if all[i].Day != all[j].Day {
			return all[i].Day < all[j].Day
		}
		return all[i].Place < all[j].Place
	})
	remember(sha256.Sum256(b))
}

var wind = regexp.MustCompile(`(\w+) wind (\d+) kn, swell ([0-9.]+) m`)

func handleSearch(r *rand.Rand) {
	var sb strings.Builder
	makeEntry(r, 4).Walk(func(e *Entry) {
		for _, n := range e.Notes {
			sb.WriteString(n)
			sb.WriteByte('\n')
		}
	})
	hits := wind.FindAllStringSubmatch(sb.String(), -1)
	sort.SliceStable(hits, func(i, j int) bool { return hits[i][2]+hits[i][3] < hits[j][2]+hits[j][3] })
	words := strings.Fields(wind.ReplaceAllString(strings.ToUpper(sb.String()), "$1"))
	sort.Strings(words)
}

var page = template.Must(template.New("page").Parse(`{{define "e"}}* {{.Place}} ({{.Day}}){{range .Notes}}
  - {{. | html}}{{end}}{{range .Sub}}{{template "e" .}}{{end}}{{end}}{{template "e" .}}`))

func handleArchive(r *rand.Rand) {
	var text, packed bytes.Buffer
	if err := page.Execute(&text, makeEntry(r, 4)); err != nil {
		panic(err)
	}
	z, _ := gzip.NewWriterLevel(&packed, flate.BestCompression)
	for i := 0; i < 6; i++ {
		z.Write(text.Bytes())
	}
	z.Close()
	u, err := gzip.NewReader(&packed)
	if err != nil {
		panic(err)
	}
	h := sha256.New()
	io.Copy(h, u)
}

func shade(x, y float64, depth int) float64 {
	if depth == 0 {
		return math.Sin(x*3) * math.Cos(y*5)
	}
	return 0.6*shade(x*1.7+0.1, y*1.3-0.2, depth-1) + 0.4*math.Sin(x*y*float64(depth))
}

func handleChart(r *rand.Rand) {
	m := image.NewRGBA(image.Rect(0, 0, 200, 140))
	seed := r.Float64()
	for y := 0; y < 140; y++ {
		for x := 0; x < 200; x++ {
			v := shade(float64(x)/50+seed, float64(y)/50, 6)
			m.Set(x, y, color.RGBA{uint8(128 + 100*v), uint8(90 + 60*v), 200, 255})
		}
	}
	png.Encode(io.Discard, m)
}

var (
	mu   sync.Mutex
	seen = map[[32]byte]int{}
)

func remember(sum [32]byte) {
	mu.Lock()
	defer mu.Unlock()
	seen[sum]++
}

func serve(worker int, end time.Time) {
	r := rand.New(rand.NewSource(int64(worker)))
	kinds := []struct {
		name   string
		tenant string
		f      func(*rand.Rand)
	}{{"import", "coast guard", handleImport}, {"search", "anglers", handleSearch}, {"archive", "museum", handleArchive}, {"chart", "anglers", handleChart}}
	for time.Now().Before(end) {
		k := kinds[r.Intn(len(kinds))]
		pprof.Do(context.Background(), pprof.Labels("request", k.name, "tenant", k.tenant), func(context.Context) { k.f(r) })
	}
}

func main() {
	runtime.SetCPUProfileRate(200)
	f, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	pprof.StartCPUProfile(f)
	end := time.Now().Add(14 * time.Second)
	var wg sync.WaitGroup
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func(i int) { defer wg.Done(); serve(i, end) }(i)
	}
	wg.Wait()
	pprof.StopCPUProfile()
	f.Close()
}
