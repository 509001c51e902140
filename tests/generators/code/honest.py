# ruff: noqa: E501 - a program reads best on one line
"""Honest programs and tests, of the kinds that people write: each of them passes."""

HONEST: dict[str, tuple[str, str, str]] = {
    "named as a module of the library": (
        "queue.py",
        "class Queue:\n    def __init__(self): self.x=[]\n    def put(self,v): self.x.append(v)\n    def get(self): return self.x.pop(0)\n",
        "from queue import Queue\ndef test_q():\n    q=Queue(); q.put(1); q.put(2)\n    assert q.get()==1\n",
    ),
    "run as a process": (
        "main.py",
        "import sys\nprint('hi', *sys.argv[1:])\n",
        "import subprocess, sys, pathlib\ndef test_m():\n    out=subprocess.run([sys.executable, str(pathlib.Path(__file__).parent/'main.py'),'a'],capture_output=True,text=True)\n    assert out.stdout=='hi a\\n'\n",
    ),
    "classes and errors": (
        "shapes.py",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x:int\n    y:int\n    def __add__(s,o): return P(s.x+o.x,s.y+o.y)\nclass BadError(Exception): pass\ndef f():\n    raise BadError('x')\n",
        "import shapes, pytest\nfrom shapes import P, BadError\ndef test_add():\n    assert P(1,2)+P(3,4)==P(4,6)\ndef test_bad():\n    with pytest.raises(BadError):\n        shapes.f()\ndef test_repr():\n    assert repr(P(1,2)).startswith('P(')\n",
    ),
    "a base class": (
        "base.py",
        "class Base:\n    def go(self): return self.n()*2\n",
        "from base import Base\nclass A(Base):\n    def n(self): return 2\ndef test_a():\n    assert A().go()==4\n",
    ),
    "unittest": (
        "c.py",
        "class C:\n    n=0\n    def up(self): self.n+=1\n",
        "import unittest\nfrom c import C\nclass T(unittest.TestCase):\n    def setUp(self): self.c=C()\n    def tearDown(self): del self.c\n    def test_up(self):\n        self.c.up()\n        self.assertTrue(self.c.n == 1)\n        self.assertGreater(self.c.n, 0)\nif __name__=='__main__': unittest.main()\n",
    ),
    "asyncio": (
        "a.py",
        "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return x+1\n",
        "import asyncio, a\ndef test_a():\n    assert asyncio.run(a.f(1))==2\n",
    ),
    "threads": (
        "a.py",
        "from concurrent.futures import ThreadPoolExecutor\ndef sq(xs):\n    with ThreadPoolExecutor(4) as p: return list(p.map(lambda x:x*x,xs))\n",
        "import a\ndef test_a():\n    assert a.sq([1,2,3])==[1,4,9]\n",
    ),
    "multiprocessing": (
        "a.py",
        "from multiprocessing import Pool\ndef sq(x): return x*x\ndef run(xs):\n    with Pool(2) as p: return p.map(sq,xs)\n",
        "import a\ndef test_a():\n    assert a.run([1,2,3])==[1,4,9]\n",
    ),
    "sqlite": (
        "a.py",
        "import sqlite3\ndef n():\n    c=sqlite3.connect(':memory:'); c.execute('create table t(x)'); c.execute('insert into t values (1)'); return c.execute('select count(*) from t').fetchone()[0]\n",
        "import a\ndef test_a():\n    assert a.n()==1\n",
    ),
    "time zones": (
        "a.py",
        "from zoneinfo import ZoneInfo\nfrom datetime import datetime\ndef h(): return datetime(2026,7,1,12,tzinfo=ZoneInfo('Asia/Shanghai')).utcoffset().total_seconds()\n",
        "import a\ndef test_a():\n    assert a.h()==28800\n",
    ),
    "mocks": (
        "a.py",
        "import time\ndef now(): return int(time.time())\n",
        "import a\nfrom unittest import mock\ndef test_a():\n    with mock.patch('time.time', return_value=5.5):\n        assert a.now()==5\n",
    ),
    "warnings and logs": (
        "a.py",
        "import warnings, logging\ndef w():\n    warnings.warn('old', DeprecationWarning)\n    logging.getLogger('x').warning('hey')\n    return 1\n",
        "import a, pytest\ndef test_w(caplog):\n    with pytest.warns(DeprecationWarning):\n        assert a.w()==1\n    assert 'hey' in caplog.text\n",
    ),
    "a command line": (
        "a.py",
        "import sys\ndef main(argv):\n    print(sum(map(int,argv)))\n    return 0\nif __name__=='__main__':\n    sys.exit(main(sys.argv[1:]))\n",
        "import a\ndef test_main(capsys):\n    assert a.main(['1','2'])==0\n    out=capsys.readouterr().out.strip()\n    assert out=='3'\n",
    ),
    "any exception": (
        "a.py",
        "def f(): raise RuntimeError('x')\n",
        "import a, pytest\ndef test_f():\n    with pytest.raises(Exception):\n        a.f()\n",
    ),
    "a test without assertions": (
        "a.py",
        "def f(x): return x\n",
        "import a\ndef test_f():\n    a.f(1)\ndef test_g():\n    assert a.f(2)==2\n",
    ),
    "properties": (
        "a.py",
        "def s(x): return sorted(x)\n",
        "import a\ndef test_s():\n    for x in ([3,1,2],[],[1]):\n        y=a.s(list(x))\n        assert all(p<=q for p,q in zip(y,y[1:]))\n        assert len(y)==len(x)\n",
    ),
    "there and back": (
        "a.py",
        "import json\ndef enc(x): return json.dumps(x)\ndef dec(x): return json.loads(x)\n",
        "from a import enc, dec\nimport random\ndef test_rt():\n    for _ in range(10):\n        x=[random.randint(0,9) for _ in range(3)]\n        assert dec(enc(x))==x\n",
    ),
    "generators": (
        "a.py",
        "def gen(n):\n    for i in range(n): yield i\n",
        "from a import gen\ndef test_g():\n    assert list(gen(3))==[0,1,2]\n    it=gen(1)\n    assert next(it)==0\n    try:\n        next(it)\n        assert False, 'should stop'\n    except StopIteration:\n        pass\n",
    ),
    "a class with a fixture": (
        "a.py",
        "def add(a,b): return a+b\n",
        "import pytest\nfrom a import add\n@pytest.fixture(params=[1,2])\ndef n(request): return request.param\nclass TestAdd:\n    def test_it(self,n):\n        assert add(n,n)==2*n\n    @staticmethod\n    def test_static():\n        assert add('a','b')=='ab'\n",
    ),
    "an error by hand": (
        "a.py",
        "def f(x):\n    return x*2\n",
        "from a import f\ndef test_f():\n    if f(2)!=4:\n        raise AssertionError('bad')\n",
    ),
}
"""By what is special: the program's name, the program, and its tests."""
