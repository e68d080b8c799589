// Curves to start with: published measurements, as the text that a user would paste.

const examples = [
  {
    name: '4-digit addition',
    about: 'Test loss of a transformer by the size of its training set; the last three points are held out.',
    options: {'labels.task': '4-digit addition', 'labels.x': 'training set size', 'labels.y': 'test loss'},
    data: `x,y,held_out
160,2.13809046,0
192,2.11813418,0
256,2.08955508,0
320,2.06988398,0
384,2.05404987,0
448,2.03837089,0
480,2.02814281,0
512,2.00496872,0
544,1.95576149,0
576,1.86313841,0
608,1.70891537,0
640,1.50637664,0
672,1.29754721,0
736,0.96559684,0
800,0.75856477,1
864,0.64768338,1
928,0.55695445,1
`,
  },
  {
    name: 'Double descent',
    about: 'Test loss of a translation model by its width (Nakkiran et al., Deep Double Descent).',
    options: {'max_breaks': '2', 'labels.task': 'Double descent over model width', 'labels.x': 'embedding dimension', 'labels.y': 'test loss'},
    data: `x,y
8,7.269
16,6.13
24,5.357
32,4.822
40,4.455
48,4.157
56,3.965
64,3.827
72,3.76
80,3.766
88,3.818
96,3.86
104,3.899
112,4.058
120,4.162
128,4.363
136,4.45
144,4.731
152,4.797
160,5.038
168,5.082
176,5.234
184,5.263
192,5.334
200,5.314
208,5.367
216,5.291
224,5.293
232,5.216
240,5.177
248,5.132
256,5.048
264,4.997
272,5.001
280,4.957
288,4.856
296,4.838
304,4.78
312,4.709
320,4.714
328,4.671
336,4.649
344,4.62
352,4.536
360,4.531
368,4.485
376,4.453
384,4.443
392,4.428
400,4.415
408,4.374
416,4.334
424,4.345
432,4.303
440,4.26
448,4.224
456,4.28
464,4.207
472,4.201
480,4.211
488,4.189
496,4.162
504,4.159
512,4.125
`,
  },
  {
    name: 'Image classification',
    about: 'Error on Caltech-101 with ten examples a class, by examples seen in pretraining (Alabdulmohsin et al.).',
    options: {'labels.task': 'Caltech, 10 shots, BiT', 'labels.x': 'examples seen', 'labels.y': 'error rate'},
    data: `x,y,held_out
4.096e6,0.6832,0
8.057e6,0.5729,0
1.202e7,0.4316,0
1.634e7,0.3423,0
2.027e7,0.2791,0
2.438e7,0.2474,0
2.843e7,0.2214,0
3.215e7,0.2072,0
3.636e7,0.1908,0
3.987e7,0.1908,0
4.373e7,0.172,0
4.795e7,0.172,0
5.259e7,0.1602,0
5.592e7,0.1602,0
6.133e7,0.16,0
6.522e7,0.1524,0
6.936e7,0.1524,0
7.152e7,0.1512,0
7.606e7,0.1452,0
8.088e7,0.1445,0
8.341e7,0.1445,0
1.147e8,0.125,1
1.229e8,0.1326,1
1.27e8,0.1294,1
1.352e8,0.1248,1
1.393e8,0.124,1
1.434e8,0.1255,1
1.475e8,0.1301,1
1.516e8,0.1329,1
1.597e8,0.1276,1
1.638e8,0.1232,1
1.679e8,0.1262,1
1.72e8,0.1276,1
1.761e8,0.1339,1
1.802e8,0.122,1
`,
  },
  {
    name: 'Two architectures',
    about: 'Log-perplexity of two translation models by training examples (Bansal et al.): several curves side by side.',
    options: {'labels.x': 'training examples', 'labels.y': 'log-perplexity'},
    data: `curve,x,y,held_out
6 encoder + 28 decoder layers,5e5,0.9903,0
6 encoder + 28 decoder layers,1e6,0.8179,0
6 encoder + 28 decoder layers,2e6,0.6847,0
6 encoder + 28 decoder layers,4e6,0.5961,0
6 encoder + 28 decoder layers,8e6,0.5069,0
6 encoder + 28 decoder layers,1.6e7,0.4243,0
6 encoder + 28 decoder layers,3.2e7,0.3775,0
6 encoder + 28 decoder layers,6.4e7,0.342,0
6 encoder + 28 decoder layers,1.28e8,0.3191,0
6 encoder + 28 decoder layers,2.56e8,0.3003,0
6 encoder + 28 decoder layers,5.12e8,0.2969,1
28 encoder + 6 decoder layers,1e6,0.7592,0
28 encoder + 6 decoder layers,2e6,0.6558,0
28 encoder + 6 decoder layers,4e6,0.5906,0
28 encoder + 6 decoder layers,8e6,0.5085,0
28 encoder + 6 decoder layers,1.6e7,0.4382,0
28 encoder + 6 decoder layers,3.2e7,0.3869,0
28 encoder + 6 decoder layers,6.4e7,0.3528,0
28 encoder + 6 decoder layers,1.28e8,0.3296,0
28 encoder + 6 decoder layers,2.56e8,0.3127,0
28 encoder + 6 decoder layers,5.12e8,0.3067,1
`,
  },
  {
    name: 'A rising accuracy',
    about: 'Accuracy of OPT models on NeQA, 300 questions each (Inverse Scaling Prize).',
    options: {'direction': 'higher_is_better', 'labels.task': 'NeQA', 'labels.x': 'parameters', 'labels.y': 'accuracy'},
    data: `x,y,trials
1.25e8,0.4667,300
3.5e8,0.4667,300
1.3e9,0.5133,300
2.7e9,0.5267,300
6.7e9,0.5400,300
1.3e10,0.4967,300
3e10,0.5500,300
`,
  },
];
