// The workload of demo.perf.data: a small "gazette" that loads documents, parses them, builds an index, compresses it
// and renders pages, in named threads. No library but musl's libc, so that every hot symbol is in this one binary.
// musl-gcc -x c++ -static -O2 -g0 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls
//   -fno-exceptions -fno-rtti -fno-threadsafe-statics -nostdinc++ -fno-ipa-icf -fno-math-errno -Wl,--build-id -o demo.bin demo.cpp
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FN __attribute__((noinline))

namespace gazette {

// ---- pool: size classes per thread, so that no hot code is in libc (whose frames have no frame pointer) ------------
namespace pool {
struct Free { Free* next; };
static thread_local Free* classes[40];
static thread_local char* chunk;
static thread_local size_t left;

FN uint32_t size_class(size_t n) {
    uint32_t c = 5;
    while ((size_t{1} << c) < n) c++;
    return c;
}
FN void refill(size_t n) {
    left = n > 1 << 20 ? n : 1 << 20;
    chunk = static_cast<char*>(malloc(left));
}
FN void* take(size_t n) {
    uint32_t c = size_class(n);
    if (Free* f = classes[c]) { classes[c] = f->next; return f; }
    size_t size = size_t{1} << c;
    if (left < size) refill(size);
    char* p = chunk;
    chunk += size;
    left -= size;
    return p;
}
FN void give(void* p, size_t n) {
    if (!p) return;
    Free* f = static_cast<Free*>(p);
    uint32_t c = size_class(n);
    f->next = classes[c];
    classes[c] = f;
}
template <class T> FN T* fresh() {
    T* p = static_cast<T*>(take(sizeof(T)));
    memset(static_cast<void*>(p), 0, sizeof(T));
    return p;
}
}  // namespace pool

template <class T> struct Vec {
    T* at = nullptr;
    uint32_t len = 0, cap = 0;
    FN void grow() {
        uint32_t more = cap ? cap * 2 : 4;
        T* to = static_cast<T*>(pool::take(more * sizeof(T)));
        if (len) memcpy(static_cast<void*>(to), at, len * sizeof(T));
        pool::give(at, cap * sizeof(T));
        at = to;
        cap = more;
    }
    void push(T v) { if (len == cap) grow(); at[len++] = v; }
    T& operator[](uint32_t i) { return at[i]; }
    void drop() { pool::give(at, cap * sizeof(T)); at = nullptr; len = cap = 0; }
};

struct Rng {
    uint64_t s;
    uint32_t next() { s ^= s << 13; s ^= s >> 7; s ^= s << 17; return static_cast<uint32_t>(s >> 32); }
    uint32_t below(uint32_t n) { return static_cast<uint64_t>(next()) * n >> 32; }
};

using Text = Vec<char>;
static volatile uint64_t sink;

// ---- load -------------------------------------------------------------------------------------------------------
namespace load {
static const char* const syllables[] = {"ka", "ri", "mo", "len", "tu", "sha", "bor", "ne", "vil", "dra", "os", "pen"};

FN void write_word(Text& t, Rng& r) {
    for (int n = 1 + r.below(3); n >= 0; n--)
        for (const char* s = syllables[r.below(12)]; *s; s++) t.push(*s);
}
FN void write_number(Text& t, Rng& r) {
    char b[16];
    int n = 0;
    for (uint32_t v = r.below(100000000); v || n < 5; v /= 10) { if (n == 3) b[n++] = '.'; b[n++] = static_cast<char>('0' + v % 10); }
    while (n) t.push(b[--n]);
}
FN void write_value(Text& t, Rng& r, int depth) {
    uint32_t kind = depth <= 0 ? 2 + r.below(2) : r.below(8);
    if (kind <= 1 || kind >= 6) {
        bool map = kind & 1;
        t.push(map ? '{' : '[');
        int n = depth > 8 ? 2 : 1 + r.below(3);
        for (int i = 0; i < n; i++) {
            if (i) t.push(',');
            if (map) { t.push('"'); write_word(t, r); t.push('"'); t.push(':'); }
            write_value(t, r, depth - 1 - (i ? r.below(3) : 0));
        }
        t.push(map ? '}' : ']');
    } else if (kind & 1) {
        write_number(t, r);
    } else {
        t.push('"');
        for (int i = r.below(6); i >= 0; i--) { write_word(t, r); if (i) t.push(' '); }
        t.push('"');
    }
}
FN uint32_t crc32(const char* p, uint32_t n) {
    uint32_t c = ~0u;
    while (n--) {
        c ^= static_cast<uint8_t>(*p++);
        for (int k = 0; k < 8; k++) c = c >> 1 ^ (0xEDB88320u & -(c & 1));
    }
    return ~c;
}
FN Text read_document(uint32_t number) {
    Rng r{number * 0x9E3779B97F4A7C15ull + 77};
    Text t;
    t.push('[');
    while (t.len < 24000) { if (t.len > 1) t.push(','); write_value(t, r, 34); }
    t.push(']');
    t.push('\0');
    sink += crc32(t.at, t.len);
    return t;
}
}  // namespace load

// ---- parse ------------------------------------------------------------------------------------------------------
namespace parse {
struct Value { uint8_t kind; uint32_t hash; double number; Vec<Value*> kids; };

struct Parser {
    const char* p;
    uint32_t depth = 0;
    FN void skip_space() { while (*p == ' ' || *p == ',') p++; }
    FN uint32_t string() {
        uint32_t h = 2166136261u;
        for (p++; *p && *p != '"'; p++) h = (h ^ static_cast<uint8_t>(*p)) * 16777619u;
        if (*p) p++;
        return h;
    }
    FN double digits(double& scale) {
        double v = 0;
        for (; *p >= '0' && *p <= '9'; p++) { v = v * 10 + (*p - '0'); scale *= 0.1; }
        return v;
    }
    FN double number() {
        double one = 1, scale = 1;
        double v = digits(one);
        if (*p == '.') { p++; double f = digits(scale); v += f * scale; }
        else if (one == 1) p++;
        return v;
    }
    FN Value* array() {
        Value* v = make('[');
        for (p++; skip_space(), *p && *p != ']';) v->kids.push(value());
        if (*p) p++;
        return v;
    }
    FN Value* object() {
        Value* v = make('{');
        for (p++; skip_space(), *p && *p != '}';) {
            uint32_t key = string();
            if (*p == ':') p++;
            Value* k = value();
            k->hash ^= key;
            v->kids.push(k);
        }
        if (*p) p++;
        return v;
    }
    FN Value* value() {
        skip_space();
        if (*p == '[') return array();
        if (*p == '{') return object();
        Value* v = make(*p);
        if (*p == '"') v->hash = string(); else v->number = number();
        return v;
    }
    FN Value* make(char kind) {
        Value* v = pool::fresh<Value>();
        v->kind = kind;
        return v;
    }
};
FN void collect_terms(Value* v, Vec<uint32_t>& out) {
    if (v->kind == '"') out.push(v->hash);
    else if (v->kids.len == 0) out.push(static_cast<uint32_t>(v->number * 16));
    for (uint32_t i = 0; i < v->kids.len; i++) collect_terms(v->kids[i], out);
}
FN void release(Value* v) {
    for (uint32_t i = 0; i < v->kids.len; i++) release(v->kids[i]);
    v->kids.drop();
    pool::give(v, sizeof(Value));
}
FN void document(Text& t, Vec<uint32_t>& terms) {
    Parser ps{t.at};
    Value* v = ps.value();
    collect_terms(v, terms);
    release(v);
}
}  // namespace parse

// ---- index ------------------------------------------------------------------------------------------------------
namespace index {
struct Posting { uint32_t term, doc, place; };
struct ByTerm { FN static bool less(const Posting& a, const Posting& b) { return a.term < b.term || (a.term == b.term && a.place < b.place); } };
struct ByDoc { FN static bool less(const Posting& a, const Posting& b) { return a.doc < b.doc || (a.doc == b.doc && a.term < b.term); } };

template <class Order> struct MergeSort {
    FN static void insertion(Posting* a, uint32_t n) {
        for (uint32_t i = 1; i < n; i++) {
            Posting v = a[i];
            uint32_t k = i;
            for (; k > 0 && Order::less(v, a[k - 1]); k--) a[k] = a[k - 1];
            a[k] = v;
        }
    }
    FN static void merge(Posting* a, Posting* tmp, uint32_t mid, uint32_t n) {
        memcpy(tmp, a, mid * sizeof(Posting));
        uint32_t i = 0, j = mid, k = 0;
        while (i < mid && j < n) { if (Order::less(a[j], tmp[i])) a[k++] = a[j++]; else a[k++] = tmp[i++]; }
        while (i < mid) a[k++] = tmp[i++];
    }
    FN static void sort(Posting* a, Posting* tmp, uint32_t n) {
        if (n < 12) { insertion(a, n); return; }
        sort(a, tmp, n / 2);
        sort(a + n / 2, tmp, n - n / 2);
        merge(a, tmp, n / 2, n);
    }
    FN static void run(Vec<Posting>& v) {
        Posting* tmp = static_cast<Posting*>(malloc(v.len * sizeof(Posting)));
        sort(v.at, tmp, v.len);
        free(tmp);
    }
};
struct Table {
    static constexpr uint32_t size = 1 << 18;
    uint32_t keys[size], counts[size];
    FN uint32_t probe(uint32_t term) {
        uint32_t h = term * 2654435761u >> 14;
        while (keys[h] && keys[h] != term) h = (h + 1) & (size - 1);
        return h;
    }
    FN void count(uint32_t term) { uint32_t h = probe(term); if (counts[h] || !keys[h]) { keys[h] = term; counts[h]++; } }
};
}  // namespace index

// ---- compress ---------------------------------------------------------------------------------------------------
namespace squeeze {
struct Tree { uint32_t weight; int16_t left, right; };

FN uint32_t match_length(const uint8_t* a, const uint8_t* b, const uint8_t* end) {
    uint32_t n = 0;
    while (b + n < end && a[n] == b[n] && n < 258) n++;
    return n;
}
FN uint32_t longest_match(const uint8_t* base, const int32_t* chain, int32_t at, const uint8_t* p, const uint8_t* end) {
    uint32_t best = 0;
    for (int tries = 24; at >= 0 && tries; tries--, at = chain[at & 0x7fff]) {
        uint32_t n = match_length(base + at, p, end);
        if (n > best) best = n;
        if (chain[at & 0x7fff] >= at) break;
    }
    return best;
}
FN void find_matches(const uint8_t* base, uint32_t n, uint32_t freq[512]) {
    static thread_local int32_t head[1 << 13], chain[1 << 15];
    memset(head, 0xff, sizeof head);
    for (uint32_t i = 0; i + 4 < n;) {
        uint32_t h = (base[i] | base[i + 1] << 8 | base[i + 2] << 16) * 2654435761u >> 19;
        uint32_t len = longest_match(base, chain, head[h], base + i, base + n);
        chain[i & 0x7fff] = head[h];
        head[h] = static_cast<int32_t>(i);
        if (len > 3) { freq[256 + (len >> 2)]++; i += len; } else { freq[base[i]]++; i++; }
    }
}
FN void assign_lengths(const Tree* t, int node, int depth, uint8_t* out) {
    if (t[node].left < 0) { out[node] = static_cast<uint8_t>(depth); return; }
    assign_lengths(t, t[node].left, depth + 1, out);
    assign_lengths(t, t[node].right, depth + 1, out);
}
FN uint64_t huffman(const uint32_t freq[512]) {
    Tree t[1024];
    bool used[1024] = {};
    uint8_t lengths[1024] = {};
    int n = 512;
    for (int i = 0; i < 512; i++) t[i] = {freq[i] + 1, -1, -1};
    for (; n < 1023; n++) {
        int a = -1, b = -1;
        for (int i = 0; i < n; i++) {
            if (used[i]) continue;
            if (a < 0 || t[i].weight < t[a].weight) { b = a; a = i; }
            else if (b < 0 || t[i].weight < t[b].weight) b = i;
        }
        used[a] = used[b] = true;
        t[n] = {t[a].weight + t[b].weight, static_cast<int16_t>(a), static_cast<int16_t>(b)};
    }
    assign_lengths(t, 1022, 0, lengths);
    uint64_t bits = 0;
    for (int i = 0; i < 512; i++) bits += static_cast<uint64_t>(freq[i]) * lengths[i];
    return bits;
}
FN void block(const void* data, uint32_t n) {
    uint32_t freq[512] = {};
    find_matches(static_cast<const uint8_t*>(data), n, freq);
    sink += huffman(freq);
}
}  // namespace squeeze

// ---- render -----------------------------------------------------------------------------------------------------
namespace render {
struct Box { float x, y, w, h; uint32_t colour; Vec<Box*> kids; };
struct Canvas { static constexpr int w = 640, h = 400; uint32_t px[w * h]; };

FN Box* compose(Rng& r, int depth) {
    Box* b = pool::fresh<Box>();
    b->colour = r.next();
    b->w = 20 + r.below(80);
    b->h = 8 + r.below(30);
    for (int i = depth > 0 ? 1 + r.below(2) : 0; i > 0; i--) b->kids.push(compose(r, depth - 1));
    return b;
}
FN float measure_text(const Box* b) {
    float w = 0;
    for (int i = 0; i < 60; i++) w += sqrtf(static_cast<float>((b->colour >> (i & 15)) & 255)) * 0.5f;
    return w;
}
FN void layout(Box* b, float x, float y, float w) {
    b->x = x; b->y = y;
    b->w = w + static_cast<float>(static_cast<int>(measure_text(b)) % 9);
    float cx = x + 3, cy = y + 4;
    for (uint32_t i = 0; i < b->kids.len; i++) {
        layout(b->kids[i], cx, cy, w * 0.8f);
        cy += b->kids[i]->h + 2;
    }
    b->h = cy - y;
}
FN void blend_row(uint32_t* row, int n, uint32_t colour, uint32_t alpha) {
    for (int i = 0; i < n; i++) {
        uint32_t d = row[i];
        uint32_t rb = ((colour & 0xff00ff) * alpha + (d & 0xff00ff) * (256 - alpha)) >> 8 & 0xff00ff;
        uint32_t g = ((colour & 0x00ff00) * alpha + (d & 0x00ff00) * (256 - alpha)) >> 8 & 0x00ff00;
        row[i] = rb | g;
    }
}
FN void fill_rounded(Canvas& c, int x, int y, int w, int h, uint32_t colour) {
    for (int k = 0; k < h; k++) {
        int yy = (y + k) % Canvas::h, inset = k < 4 ? 4 - k : 0, xx = (x + inset) % Canvas::w;
        int n = w - 2 * inset;
        if (n > Canvas::w - xx) n = Canvas::w - xx;
        if (n > 0) blend_row(c.px + yy * Canvas::w + xx, n, colour, 160);
    }
}
FN void shadow(Canvas& c, const Box* b) {
    for (int i = 1; i < 4; i++) fill_rounded(c, static_cast<int>(b->x) + i, static_cast<int>(b->y) + i, static_cast<int>(b->w), 3 + i, 0x101010);
}
FN void paint(Canvas& c, const Box* b) {
    shadow(c, b);
    fill_rounded(c, static_cast<int>(b->x), static_cast<int>(b->y), static_cast<int>(b->w), static_cast<int>(b->h) & 31, b->colour);
    for (uint32_t i = 0; i < b->kids.len; i++) paint(c, b->kids.at[i]);
}
FN void blur(Canvas& c) {
    for (int y = 0; y < Canvas::h; y++)
        for (int x = 1; x + 1 < Canvas::w; x++) {
            uint32_t* p = c.px + y * Canvas::w + x;
            *p = ((p[-1] >> 2 & 0x3f3f3f) + (p[0] >> 1 & 0x7f7f7f) + (p[1] >> 2 & 0x3f3f3f));
        }
}
FN void page(Canvas& c, uint32_t number) {
    Rng r{number * 1234567ull + 9};
    memset(c.px, 0xff, sizeof c.px);
    Box* root = compose(r, 18);
    layout(root, 0, 0, 600);
    paint(c, root);
    blur(c);
    sink += c.px[number];
}
}  // namespace render

// ---- threads ----------------------------------------------------------------------------------------------------
static constexpr uint32_t documents = 192;
static Text texts[documents];
static Vec<uint32_t> terms[documents];
static Vec<index::Posting> shards[2];

struct Counter {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
    uint32_t ready = 0, taken = 0;
    FN void publish() { pthread_mutex_lock(&lock); ready++; pthread_cond_broadcast(&moved); pthread_mutex_unlock(&lock); }
    FN bool take(uint32_t limit, uint32_t& got) {
        pthread_mutex_lock(&lock);
        while (taken < limit && taken == ready) pthread_cond_wait(&moved, &lock);
        bool ok = taken < limit;
        if (ok) got = taken++;
        pthread_mutex_unlock(&lock);
        return ok;
    }
};
static Counter loaded, pages;

FN static void* load_thread(void*) {
    prctl(PR_SET_NAME, "loader");
    for (uint32_t i = 0; i < documents; i++) { texts[i] = load::read_document(i); loaded.publish(); }
    return nullptr;
}
FN static void* parse_thread(void* n) {
    prctl(PR_SET_NAME, n ? "parser 2" : "parser 1");
    for (uint32_t i; loaded.take(documents, i);)
        for (int pass = 0; pass < 10; pass++) { terms[i].len = 0; parse::document(texts[i], terms[i]); }
    return nullptr;
}
FN static void* index_thread(void* n) {
    prctl(PR_SET_NAME, n ? "indexer 2" : "indexer 1");
    Vec<index::Posting>& s = shards[n ? 1 : 0];
    auto* table = static_cast<index::Table*>(calloc(1, sizeof(index::Table)));
    for (uint32_t d = n ? 1 : 0; d < documents; d += 2)
        for (uint32_t i = 0; i < terms[d].len; i++) { s.push({terms[d][i], d, i}); table->count(terms[d][i] | 1); }
    if (n) index::MergeSort<index::ByDoc>::run(s); else index::MergeSort<index::ByTerm>::run(s);
    for (int i = 0; i < 3; i++) {
        index::MergeSort<index::ByDoc>::run(s);
        index::MergeSort<index::ByTerm>::run(s);
    }
    return nullptr;
}
FN static void* squeeze_thread(void* n) {
    prctl(PR_SET_NAME, n ? "squeezer 2" : "squeezer 1");
    for (uint32_t d = n ? 1 : 0; d < documents; d += 2) squeeze::block(texts[d].at, texts[d].len);
    return nullptr;
}
FN static void* raster_thread(void*) {
    prctl(PR_SET_NAME, "raster");
    auto* c = static_cast<render::Canvas*>(malloc(sizeof(render::Canvas)));
    for (uint32_t i; pages.take(36, i);) render::page(*c, i);
    return nullptr;
}
FN static void run_pair(void* (*f)(void*)) {
    pthread_t a, b;
    pthread_create(&a, nullptr, f, nullptr);
    pthread_create(&b, nullptr, f, const_cast<char*>("2"));
    pthread_join(a, nullptr);
    pthread_join(b, nullptr);
}
FN static void build_pages() {
    pthread_t t;
    pthread_create(&t, nullptr, raster_thread, nullptr);
    for (int i = 0; i < 36; i++) {
        squeeze::block(shards[i & 1].at, 20000);
        pages.publish();
    }
    pthread_join(t, nullptr);
}
FN static int publish_gazette() {
    pthread_t loader;
    pthread_create(&loader, nullptr, load_thread, nullptr);
    run_pair(parse_thread);
    pthread_join(loader, nullptr);
    run_pair(index_thread);
    run_pair(squeeze_thread);
    build_pages();
    return 0;
}
}  // namespace gazette

int main() { return gazette::publish_gazette(); }
