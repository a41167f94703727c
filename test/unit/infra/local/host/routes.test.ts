import { describe, expect, test } from '@jest/globals';
import { createRoute, matchTemplate, overlaps } from '../../../../../infra/local/host/routes.ts';

describe('a route template', () => {
  test.each<[string, string, object | undefined]>([
    ['api/people', '/api/people', {}],
    ['api/people', '/API/People/', {}],
    ['api/people', '/api/people/ada', undefined],
    ['api/people', '/api', undefined],
    ['api/people/{id}', '/api/people/Ada%20L', { id: 'Ada L' }],
    ['api/people/{id}', '/api/people', undefined],
    ['api/people/{id}', '/api/people//', undefined],
    ['api/{a}/x', '/api//x', undefined],
    ['api/people/{id?}', '/api/people', {}],
    ['api/people/{id?}', '/api/people/7', { id: '7' }],
    ['api/people/{id=5}', '/api/people', { id: '5' }],
    ['api/people/{id:int}', '/api/people/-7', { id: '-7' }],
    ['api/people/{id:int}', '/api/people/seven', undefined],
    ['api/people/{id:int?}', '/api/people', {}],
    ['api/{*path}', '/api/a/b%2Fc', { path: 'a/b/c' }],
    ['api/{*path}', '/api', {}],
    ['api/{id}', '/api/100%', { id: '100%' }],
    ['', '/', {}],
  ])('%s against %s gives %j', (template, path, parameters) => {
    expect(matchTemplate(template, path)).toEqual(parameters);
  });

  test('has the prefix before it, or none', () => {
    expect(createRoute('api', 'a/{b}', ['get'])).toEqual({ template: 'api/a/{b}', methods: ['GET'] });
    expect(createRoute('', 'a', undefined).template).toBe('a');
    expect(createRoute('api', 'a', undefined).methods).toContain('OPTIONS');
  });

  test.each(['admin/x', 'Administrators', 'runtime', '/a', '~/a', 'a/{b:weird}', 'a/x{b}'])(
    '%s is refused',
    (route) => {
      expect(() => createRoute('api', route, undefined)).toThrow(route);
    },
  );

  test('overlaps with the same one that shares a method', () => {
    const route = (template: string, ...methods: string[]) => createRoute('api', template, methods);
    expect(overlaps(route('A/{id}', 'GET'), route('a/{ID}', 'GET', 'POST'))).toBe(true);
    expect(overlaps(route('a', 'GET'), route('a/', 'GET'))).toBe(true);
    expect(overlaps(route('a', 'GET'), route('a', 'POST'))).toBe(false);
  });
});
