#!/usr/bin/env python3
# demo_kitchen.py OUT.json: the workload of demo.trace.json.gz. A kitchen of four processes: the counter takes orders, two
# cooks (two threads each) prepare them, the courier packs and delivers. VizTracer records every function; the async spans, flows and
# counters of each order are added through its API (add_raw).
import glob
import heapq
import json
import multiprocessing
import os
import sys
import threading
import time
import zlib

from viztracer import VizTracer

OUT = sys.argv[1]
ORDERS = 48


def now():
    return TRACER.getts()


def event(ph, name, cat, **more):
    TRACER.add_raw({"ph": ph, "name": name, "cat": cat, "pid": os.getpid(), "tid": threading.get_native_id(), "ts": now(), **more})


def count(name, **values):
    event("C", name, "kitchen", args=values)


def span(order, step, begin):
    event("b" if begin else "e", step, "order", id=hex(0x100 + order))


def flow(order, leg, ph):
    more = {"bp": "e"} if ph == "f" else {}
    event(ph, leg, "hand over", id=order * 8 + len(leg), **more)


class Recipe:
    def __init__(self, order):
        self.steps = {"soup": ["chop", "simmer", "season"], "bread": ["knead", "rest", "bake"], "pie": ["knead", "chop", "bake", "season"]}
        self.dish = list(self.steps)[order % 3]
        self.size = 3 + order * 7 % 5

    def plan(self):
        return self.split(self.steps[self.dish], self.size)

    def split(self, steps, depth):
        if depth == 0:
            return list(steps)
        return self.split(steps, depth - 1)[:1] + self.split(steps, depth - 2 if depth > 1 else 0)


def chop(n):
    return sorted(str(i * 7919 % 1009) for i in range(n * 90))


def simmer(n):
    heat = 0.0
    for i in range(n * 4):
        heat = stir(heat, i)
    return heat


def stir(heat, i):
    return sum((heat + k) % 7 for k in range(120 + i))


def season(n):
    return {k: v for k, v in zip("salt pepper thyme sage".split(), range(n))}


def knead(n):
    return fold(b"flour water salt yeast " * (n * 40), n + 2)


def fold(dough, times):
    if times == 0:
        return dough
    return fold(dough[::-1], times - 1)


def bake(n):
    return len(zlib.compress(knead(n), 9)) + len(json.dumps(chop(n)))


def rest(n):
    time.sleep(0.0006 * n)


def cook_order(order):
    flow(order, "to kitchen", "f")
    span(order, "cooking", True)
    r = Recipe(order)
    for step in r.plan()[:9]:
        globals()[step](r.size)
    span(order, "cooking", False)
    flow(order, "to courier", "s")
    return order, r.dish


def cook_thread(todo, ready):
    while True:
        order = todo.get()
        if order is None:
            return
        ready.put(cook_order(order))


def cook_process(name, todo, ready, go):
    start(name)
    go.wait()
    threads = [threading.Thread(target=cook_thread, args=(todo, ready), name=hand) for hand in ("left hand", "right hand")]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    finish(name)


def route(stops):
    heap = [(0, 0)]
    best = {}
    while heap:
        cost, at = heapq.heappop(heap)
        if at in best:
            continue
        best[at] = cost
        for nxt in ((at * 3 + 1) % stops, (at * 5 + 2) % stops):
            heapq.heappush(heap, (cost + 1 + (at ^ nxt) % 9, nxt))
    return best


def deliver(order, dish):
    flow(order, "to courier", "f")
    span(order, "delivery", True)
    route(60 + order)
    time.sleep(0.001)
    span(order, "delivery", False)
    span(order, "order", False)


def courier_process(name, ready, go):
    start(name)
    go.wait()
    total = {"soup": 0, "bread": 0, "pie": 0}
    for _ in range(ORDERS):
        order, dish = ready.get()
        deliver(order, dish)
        total[dish] += 1
        count("delivered", **total)
    TRACER.log_instant("all delivered", scope="p")
    finish(name)


def take_order(order, todo):
    TRACER.log_instant("bell", scope="t")
    span(order, "order", True)
    flow(order, "to kitchen", "s")
    todo.put(order)
    count("waiting orders", orders=todo.qsize())


def start(name):
    global TRACER
    TRACER = VizTracer(verbose=0, file_info=False, tracer_entries=200000, max_stack_depth=12, process_name=name, ignore_frozen=True, min_duration=15, ignore_c_function=True, log_gc=True)
    TRACER.start()


def finish(name):
    TRACER.stop()
    TRACER.save(OUT + "." + name.replace(" ", "-") + ".json")


def main():
    ctx = multiprocessing.get_context("fork")
    todo, ready, go = ctx.Queue(), ctx.Queue(), ctx.Event()
    staff = [ctx.Process(target=cook_process, args=(n, todo, ready, go)) for n in ("cook ada", "cook joan")] + [ctx.Process(target=courier_process, args=("courier", ready, go))]
    for p in staff:
        p.start()
    time.sleep(0.1)
    start("counter")
    go.set()
    for order in range(ORDERS):
        take_order(order, todo)
        time.sleep(0.004 if order % 6 else 0.025)
    for _ in range(4):
        todo.put(None)
    for p in staff:
        p.join()
    finish("counter")
    events = []
    for f in sorted(glob.glob(OUT + ".*")):
        events += json.load(open(f))["traceEvents"]
        os.remove(f)
    json.dump({"traceEvents": events, "otherData": {"program": "demo_kitchen.py"}}, open(OUT, "w"), separators=(",", ":"))


main()
